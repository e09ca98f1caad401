import type { Socket } from 'node:net';
import type { FellowMethods, FellowServices } from '#contracts/fellows.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { fellowHello, fellowQuestion, fellowShapes } from './fellow-shapes.ts';
import { frame, onMessages, problemToWire, toWire } from './wire.ts';

const helloMs = 5_000;

export interface FellowDesk {
  readonly circle: string;
  readonly services: FellowServices;
  /** The one connection of each that is listened to. */
  readonly current: Map<number, Socket>;
}

/** One connection of another gateway. Questions that come together are answered together. */
export function answerFellow(socket: Socket, { circle, services, current }: FellowDesk): void {
  let by: number | undefined;
  const timer = setTimeout(() => socket.destroy(), helloMs);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(timer);
    if (by !== undefined && current.get(by) === socket) current.delete(by);
  });
  onMessages(socket, (message) => {
    if (by !== undefined) return answerAll(socket, message, { by, methods: services.methods });
    const hello = fellowHello.safeParse(message);
    // INVARIANT: an earlier start of this listener shares nothing with this one.
    if (!hello.success || hello.data.circle !== circle) return void socket.destroy();
    clearTimeout(timer);
    const { of, generation, holds } = hello.data;
    by = of;
    // INVARIANT: a greeting says all that came before it: what is left of an earlier connection is not read.
    current.get(of)?.destroy();
    current.set(of, socket);
    services.greeted(of, { generation, holds });
    socket.write(frame({ greeted: true }));
  });
}

interface Asker {
  readonly by: number;
  readonly methods: FellowMethods;
}

function answerAll(socket: Socket, message: JsonObject, asker: Asker): void {
  const { questions } = message;
  if (!Array.isArray(questions)) return void socket.destroy();
  const answers = (questions as readonly Json[]).map((question) => answerOne(question, asker));
  if (answers.some((answer) => answer === undefined)) return void socket.destroy();
  if (socket.writable) socket.write(frame({ answers: answers as Json[] }));
}

function answerOne(question: Json, asker: Asker): Json | undefined {
  const read = fellowQuestion.safeParse(question);
  if (!read.success) return undefined;
  const [id, method, about] = read.data;
  try {
    return [id, toWire(call(asker, method, about))];
  } catch (fault) {
    return [id, null, problemToWire(fault)];
  }
}

function call({ by, methods }: Asker, name: string, about: unknown): unknown {
  if (!Object.hasOwn(fellowShapes, name)) throw new BailiwickError('api/forbidden');
  const method = name as keyof FellowMethods;
  const read = fellowShapes[method].safeParse(about);
  if (!read.success) throw new BailiwickError('api/invalid');
  const isLoan = method === 'lend' || method === 'giveBack';
  // Whose loan it is, the greeting of this connection said.
  const ask = isLoan ? { ...read.data, of: by } : read.data;
  // INVARIANT: the shape under this name is of this very method, by the type of the table.
  return (methods[method] as (ask: unknown) => unknown)(ask);
}
