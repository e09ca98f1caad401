import type { Socket } from 'node:net';
import type { FellowMethods, FellowServices } from '#contracts/fellows.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { fellowHello, fellowQuestion, fellowShapes } from './fellow-shapes.ts';
import { frame, onMessages, problemToWire, toWire } from './wire.ts';

const helloMs = 5_000;

/** One connection of another gateway. Questions that come together are answered together. */
export function answerFellow(socket: Socket, circle: string, services: FellowServices): void {
  let known = false;
  const timer = setTimeout(() => socket.destroy(), helloMs);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(timer));
  onMessages(socket, (message) => {
    if (known) return answerAll(socket, message, services.methods);
    const hello = fellowHello.safeParse(message);
    // INVARIANT: an earlier start of this listener shares nothing with this one.
    if (!hello.success || hello.data.circle !== circle) return void socket.destroy();
    clearTimeout(timer);
    known = true;
    const { of, generation, holds } = hello.data;
    services.greeted(of, { generation, holds });
    socket.write(frame({ greeted: true }));
  });
}

function answerAll(socket: Socket, message: JsonObject, methods: FellowMethods): void {
  const { questions } = message;
  if (!Array.isArray(questions)) return void socket.destroy();
  const answers = (questions as readonly Json[]).map((question) => answerOne(question, methods));
  if (answers.some((answer) => answer === undefined)) return void socket.destroy();
  if (socket.writable) socket.write(frame({ answers: answers as Json[] }));
}

function answerOne(question: Json, methods: FellowMethods): Json | undefined {
  const read = fellowQuestion.safeParse(question);
  if (!read.success) return undefined;
  const [id, method, about] = read.data;
  try {
    return [id, toWire(call(methods, method, about))];
  } catch (fault) {
    return [id, null, problemToWire(fault)];
  }
}

function call(methods: FellowMethods, name: string, about: unknown): unknown {
  if (!Object.hasOwn(fellowShapes, name)) throw new BailiwickError('api/forbidden');
  const method = name as keyof FellowMethods;
  const read = fellowShapes[method].safeParse(about);
  if (!read.success) throw new BailiwickError('api/invalid');
  // INVARIANT: the shape under this name is of this very method, by the type of the table.
  return (methods[method] as (ask: unknown) => unknown)(read.data);
}
