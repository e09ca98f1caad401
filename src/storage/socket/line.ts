import { createConnection, type Socket } from 'node:net';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { checkPath, frame, onMessages, problemFromWire, protocolVersion, toWire } from './wire.ts';

export interface LineParts {
  readonly path: string;
  readonly name: string;
  readonly life: string;
  readonly take: (push: string, message: JsonObject) => void;
  /** Called once for each connection that was welcome. */
  readonly lost: () => void;
}

interface Waiting {
  readonly resolve: (value: Json) => void;
  readonly reject: (fault: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const graceMs = 250;
const firstRetryMs = 25;
/** A try costs next to nothing, and everybody's calls wait for the one that succeeds. */
const lastRetryMs = 200;
const mostInFlight = 10_000;

/**
 * One connection at a time, opened again when it is lost. A question that was sent is never sent
 * again: its caller is told `store/unavailable`, and whether it took effect is not known.
 */
export class Line {
  readonly #parts: LineParts;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #welcome = deferred();
  #graced = 0;
  #nextId = 1;
  #closed = false;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  connected = false;

  constructor(parts: LineParts) {
    checkPath(parts.path);
    this.#parts = parts;
  }

  open(): void {
    const socket = createConnection(this.#parts.path);
    this.#socket = socket;
    const { name, life } = this.#parts;
    socket.on('connect', () =>
      socket.write(frame({ method: 'hello', name, life, protocol: protocolVersion })),
    );
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lost(socket));
    onMessages(socket, (message) => this.#take(message));
  }

  /** Control has let this gateway in. */
  welcome(): void {
    this.connected = true;
    this.#retryMs = firstRetryMs;
    this.#welcome.done();
  }

  async ask(method: string, args: readonly unknown[]): Promise<Json> {
    if (!this.connected) await this.#soon();
    return this.send({ method, args: toWire(args) });
  }

  async send(message: JsonObject): Promise<Json> {
    const socket = this.#socket;
    const full = (socket?.writableLength ?? 0) > limits.statePortMessageBytes;
    if (socket === undefined || full || this.#waiting.size >= mostInFlight) {
      throw new BailiwickError('store/unavailable');
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const text = frame({ ...message, id });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new BailiwickError('store/unavailable', { message: 'control does not answer' }));
      }, limits.statePortTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      socket.write(text);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = setTimeout(() => socket.destroy(), graceMs);
      socket.once('close', () => {
        clearTimeout(cut);
        resolve();
      });
      // Said, so that nobody waits for what this gateway might still do.
      if (this.connected) socket.end(frame({ method: 'bye' }));
      else socket.destroy();
    });
  }

  /** A short grace for a restart of control; after it the caller is told no. */
  async #soon(): Promise<void> {
    if (this.#closed || this.#graced >= mostInFlight) throw new BailiwickError('store/unavailable');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new BailiwickError('store/unavailable')), graceMs);
    });
    this.#graced += 1;
    try {
      await Promise.race([this.#welcome.promise, late]);
    } finally {
      this.#graced -= 1;
      clearTimeout(timer);
    }
  }

  #take(message: JsonObject): void {
    const { push, id } = message;
    if (typeof push === 'string') return this.#parts.take(push, message);
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || typeof id !== 'number') return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    const { error } = message;
    if (error === undefined) waiting.resolve(message['result'] ?? null);
    else waiting.reject(problemFromWire(error));
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const wasConnected = this.connected;
    this.connected = false;
    if (wasConnected) this.#welcome = deferred();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new BailiwickError('store/unavailable'));
    }
    this.#waiting.clear();
    if (wasConnected) this.#parts.lost();
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly done: () => void } {
  let done: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done };
}
