import { Worker } from 'node:worker_threads';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

export interface AskedThreadOptions {
  readonly file: URL;
  /** As it is called where threads are listed. */
  readonly name: string;
  readonly workerData: unknown;
  /** What it says without being asked. */
  readonly onTold: (told: unknown) => void;
  readonly onFault: (fault: Error) => void;
}

export interface AskedThread {
  ask(method: string, about: unknown, signal?: AbortSignal): Promise<unknown>;
  stop(): Promise<void>;
}

export type ToThread =
  | { readonly kind: 'ask'; readonly id: number; readonly method: string; readonly about: unknown }
  | { readonly kind: 'gone'; readonly id: number }
  | { readonly kind: 'stop' };

export interface ToldProblem {
  readonly code: string;
  readonly message: string;
  readonly suggestedAction?: string;
  readonly details?: JsonObject;
}

export type FromThread =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'problem'; readonly id: number; readonly problem: ToldProblem }
  | { readonly kind: 'told'; readonly told: unknown };

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: Error) => void;
}

const restartMs = 1_000;

/**
 * A thread that answers questions. INVARIANT: no more wait than `auditQueriesWaiting`; when it ends they are
 * all told so, and it is started again.
 */
export function startAskedThread(options: AskedThreadOptions): AskedThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let nextId = 1;
  let isStopping = false;
  let ended: Promise<void> = Promise.resolve();

  const hear = (message: FromThread): void => {
    if (message.kind === 'told') return options.onTold(message.told);
    const one = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') one?.resolve(message.answer);
    else one?.reject(asError(message.problem));
  };
  const gone = (): void => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(unavailable());
    waiting.clear();
    if (!isStopping) setTimeout(start, restartMs).unref();
  };
  function start(): void {
    if (isStopping) return;
    const begun = new Worker(options.file, { workerData: options.workerData, name: options.name });
    worker = begun;
    begun.on('message', hear);
    begun.on('error', options.onFault);
    ended = new Promise((resolve) => {
      begun.on('exit', () => {
        gone();
        resolve();
      });
    });
  }
  start();
  return {
    ask(method, about, signal) {
      const to = worker;
      if (to === undefined || isStopping) return Promise.reject(unavailable());
      if (waiting.size >= limits.auditQueriesWaiting) {
        return Promise.reject(new BailiwickError('audit/query-busy', { retryAfter: 1 }));
      }
      if (signal?.aborted === true) return Promise.reject(unavailable());
      const id = nextId;
      nextId += 1;
      const leave = () => {
        if (waiting.has(id)) send(to, { kind: 'gone', id });
      };
      signal?.addEventListener('abort', leave, { once: true });
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send(to, { kind: 'ask', id, method, about });
      });
    },
    async stop() {
      isStopping = true;
      if (worker !== undefined) send(worker, { kind: 'stop' });
      await ended;
    },
  };
}

function send(worker: Worker, message: ToThread): void {
  worker.postMessage(message, []);
}

function unavailable(): BailiwickError {
  return new BailiwickError('audit/index-unavailable', { retryAfter: 1 });
}

function asError({ code, ...told }: ToldProblem): BailiwickError {
  return new BailiwickError(isErrorCode(code) ? code : 'audit/index-unavailable', told);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
