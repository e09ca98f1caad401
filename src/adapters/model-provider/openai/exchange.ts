import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import type { Why } from './failed.ts';

export interface Posted {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

export interface Patience {
  readonly timeoutMs: number;
  /** Between two pieces of an answer that has begun. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

export interface Head {
  readonly kind: 'head';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'lost'; readonly why: Why };

type Lost = Extract<Piece, { kind: 'lost' }>;

export interface Exchange {
  readonly head: Promise<Head | Lost>;
  /** For one reader. After `end` and `lost` comes the same again. */
  next(): Promise<Piece>;
  /** False as long as not one byte of the request left. */
  sent(): boolean;
  /** Ends it, for this reason unless it had ended already. */
  end(why: Why): void;
  /** All that is wanted was read: what is left may come to its end by itself, for a moment. */
  letGo(): void;
}

const closingMs = 1_000;

export function exchange(pool: Pool, posted: Posted, patience: Patience): Exchange {
  const handler = new ExchangeHandler(patience);
  if (handler.isOver()) return handler;
  try {
    pool.dispatch({ method: 'POST', ...posted }, handler);
  } catch {
    // INVARIANT: what could not even be handed over ends like what was lost: nothing of it stays.
    handler.end('network');
  }
  return handler;
}

class ExchangeHandler implements Dispatcher.DispatchHandler, Exchange {
  readonly head: Promise<Head | Lost>;
  readonly #patience: Patience;
  readonly #total: NodeJS.Timeout;
  #idle: NodeJS.Timeout | undefined;
  #begin: (head: Head | Lost) => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #sent = false;
  #over: Exclude<Piece, { kind: 'bytes' }> | undefined;
  #pieces: Buffer[] = [];
  #reader: ((piece: Piece) => void) | undefined;
  #letGo = false;

  constructor(patience: Patience) {
    this.#patience = patience;
    this.head = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#total = setTimeout(() => this.end('timeout'), patience.timeoutMs);
    if (patience.signal.aborted) this.end('cancelled');
    else patience.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  isOver(): boolean {
    return this.#over !== undefined;
  }

  sent(): boolean {
    return this.#sent;
  }

  end(why: Why): void {
    this.#finish({ kind: 'lost', why });
    this.#controller?.abort(new Error(why));
  }

  letGo(): void {
    if (this.#over !== undefined) return;
    this.#letGo = true;
    this.#pieces = [];
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end('closed'), closingMs);
    if (this.#controller?.paused === true) this.#controller.resume();
  }

  next(): Promise<Piece> {
    const bytes = this.#pieces.shift();
    if (bytes !== undefined) {
      if (this.#pieces.length === 0) this.#goOn();
      return Promise.resolve({ kind: 'bytes', bytes });
    }
    if (this.#over !== undefined) return Promise.resolve(this.#over);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** The request is written right after this returns, unless it is aborted here. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over === undefined) this.#sent = true;
    else controller.abort(new Error('over'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#startIdle();
    this.#begin({ kind: 'head', status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    // A parser that goes on after a pause may say nothing first: to pause again would go on for ever.
    if (this.#over !== undefined || this.#letGo || bytes.length === 0) return;
    const reader = this.#reader;
    this.#reader = undefined;
    this.#idle?.refresh();
    if (reader !== undefined) return reader({ kind: 'bytes', bytes });
    this.#pieces.push(bytes);
    if (controller.paused) return;
    // Nothing is read ahead of its reader beyond this one piece.
    controller.pause();
    // A reader that takes its time is no silence of the provider.
    clearTimeout(this.#idle);
  }

  onResponseEnd(): void {
    this.#finish({ kind: 'end' });
  }

  onResponseError(): void {
    this.#finish({ kind: 'lost', why: 'network' });
  }

  readonly #onAbort = (): void => this.end('cancelled');

  #goOn(): void {
    if (this.#over !== undefined || this.#controller?.paused !== true) return;
    this.#startIdle();
    this.#controller.resume();
  }

  #startIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end('stalled'), this.#patience.idleMs);
  }

  #finish(over: Exclude<Piece, { kind: 'bytes' }>): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
    this.#patience.signal.removeEventListener('abort', this.#onAbort);
    // What was not read of an answer that did not end well is nobody's any more.
    if (over.kind === 'lost') this.#pieces = [];
    this.#begin(over.kind === 'lost' ? over : { kind: 'lost', why: 'network' });
    this.#reader?.(over);
    this.#reader = undefined;
  }
}
