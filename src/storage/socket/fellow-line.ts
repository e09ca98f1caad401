import { createConnection, type Socket } from 'node:net';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { checkPath, frame, onMessages, problemFromWire, toWire } from './wire.ts';

export interface FellowLineParts {
  readonly path: string;
  /** The first words of each connection. */
  readonly hello: () => JsonObject;
  readonly now: () => number;
}

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly question: Json;
  readonly resolve: (value: Json) => void;
  readonly reject: (fault: Error) => void;
  /** When its asker is told no; what takes long by its nature has no such time. */
  readonly until: number;
}

const retryMs = 25;
const sweepMs = 100;
const mostWaiting = 10_000;

/**
 * Questions to one other gateway: all of one turn of the loop leave together. What cannot be sent
 * yet waits a little for it to come back; what was sent is never sent again.
 */
export class FellowLine {
  readonly #parts: FellowLineParts;
  readonly #sent = new Map<number, Asked>();
  #unsent: Asked[] = [];
  #socket: Socket | undefined;
  #connected = false;
  #flushing = false;
  #closed = false;
  #nextId = 1;
  #retry: NodeJS.Timeout | undefined;
  readonly #sweep: NodeJS.Timeout;
  awaySince: number | undefined;

  constructor(parts: FellowLineParts) {
    checkPath(parts.path);
    this.#parts = parts;
    this.awaySince = parts.now();
    this.#sweep = setInterval(() => this.#dropLate(), sweepMs).unref();
    this.#open();
  }

  get connected(): boolean {
    return this.#connected;
  }

  ask(method: string, about: object, patienceMs: number = limits.fellowWaitMs): Promise<Json> {
    if (this.#closed || this.#sent.size + this.#unsent.length >= mostWaiting) {
      if (changesBooks(method, 'unsent')) this.#end();
      return Promise.reject(away());
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const question: Json = [id, method, toWire(about)];
      const until = this.#parts.now() + patienceMs;
      this.#unsent.push({ id, method, question, resolve, reject, until });
      this.#flushSoon();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#sweep);
    this.#socket?.destroy();
    for (const { reject } of this.#unsent.splice(0)) reject(away());
  }

  #open(): void {
    const socket = createConnection(this.#parts.path);
    this.#socket = socket;
    socket.on('connect', () => {
      socket.write(frame(this.#parts.hello()));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lost(socket));
    onMessages(socket, (message) => this.#take(message));
  }

  #take(message: JsonObject): void {
    const { answers, greeted } = message;
    if (greeted === true) {
      this.#connected = true;
      this.awaySince = undefined;
      this.#flushSoon();
    }
    if (!Array.isArray(answers)) return;
    for (const answer of answers as readonly Json[]) {
      if (!Array.isArray(answer)) continue;
      const [id, result, problem] = answer as readonly Json[];
      const asked = typeof id === 'number' ? this.#sent.get(id) : undefined;
      if (asked === undefined) continue;
      this.#sent.delete(asked.id);
      if (problem === undefined) asked.resolve(result ?? null);
      else this.#fail([asked], 'sent', problemFromWire(problem));
    }
  }

  #flushSoon(): void {
    if (this.#flushing || !this.#connected || this.#unsent.length === 0) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const socket = this.#socket;
    if (!this.#connected || socket === undefined || !socket.writable) return;
    const due = this.#unsent;
    this.#unsent = [];
    for (const asked of due) this.#sent.set(asked.id, asked);
    try {
      socket.write(frame({ questions: due.map(({ question }) => question) }));
    } catch {
      // Together they are longer than a message may be.
      for (const asked of due) this.#sent.delete(asked.id);
      this.#fail(due, 'unsent');
    }
  }

  /**
   * INVARIANT: of a loan both ends keep a book. When one end may know of what the other one does not,
   * the connection ends, and what is said when they meet again puts both books right.
   */
  #fail(failed: readonly Asked[], how: 'sent' | 'unsent', fault: Error = away()): void {
    for (const { reject } of failed) reject(fault);
    if (failed.some(({ method }) => changesBooks(method, how))) this.#end();
  }

  #end(): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#connected) return;
    socket.destroy();
    this.#lost(socket);
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#connected) this.awaySince = this.#parts.now();
    this.#connected = false;
    const sent = [...this.#sent.values()];
    this.#sent.clear();
    this.#fail(sent, 'sent');
    // What is given back is known by the next greeting: said after it, it would be taken twice.
    const told = this.#unsent.filter(({ method }) => changesBooks(method, 'unsent'));
    this.#unsent = this.#unsent.filter((asked) => !told.includes(asked));
    this.#fail(told, 'unsent');
    if (!this.#closed) this.#retry = setTimeout(() => this.#open(), retryMs);
  }

  #dropLate(): void {
    const now = this.#parts.now();
    const isLate = ({ until }: Asked) => until <= now;
    if (this.#unsent.some(isLate)) {
      const late = this.#unsent.filter(isLate);
      this.#unsent = this.#unsent.filter((asked) => !isLate(asked));
      this.#fail(late, 'unsent');
    }
    const late = [...this.#sent.values()].filter(isLate);
    for (const { id } of late) this.#sent.delete(id);
    this.#fail(late, 'sent');
  }
}

/** Whether the other end's book may now differ: it lends when it is asked, who gives back did so before. */
function changesBooks(method: string, how: 'sent' | 'unsent'): boolean {
  return method === 'giveBack' || (method === 'lend' && how === 'sent');
}

export function away(): BailiwickError {
  return new BailiwickError('gateway/not-ready', {
    message: 'another gateway of this listener does not answer',
    retryAfter: 1,
  });
}
