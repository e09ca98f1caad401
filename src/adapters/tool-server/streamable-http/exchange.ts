import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import { limits } from '#kernel/limits.ts';
import type { ShortLived } from '#contracts/short-lived.ts';
import type { CutMessage } from '../wire/cut-answer.ts';
import { type Message, readMessage } from '../wire/message.ts';
import { type Body, createJsonBody, createStreamBody } from './body.ts';

/** What is needed of a pool. INVARIANT: headers are given to it as names and values in turn. */
export type Dispatching = Pick<Pool, 'dispatch'>;

export interface Posted {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  /** Names and values in turn: the form that costs least. */
  readonly headers: string[];
  readonly body: Buffer | null;
}

export interface ExchangeOptions {
  /** Which answer is ours; undefined when none is expected. */
  readonly id: number | undefined;
  readonly maxBytes: number;
  /** Everything else that stands in the stream of an answer. */
  readonly onAside: (message: Message) => void;
  /**
   * How its stream is asked for again after this event, where the revision knows that. Asked when it is
   * about to be: undefined when it may not be any more.
   */
  readonly resumed?: ((lastEvent: string) => Posted | undefined) | undefined;
  /** Where it stands from its beginning to its outcome. */
  readonly open?: ShortLived<number, Exchange>;
}

export type Outcome =
  | {
      readonly kind: 'message';
      readonly status: number;
      readonly session: string | undefined;
      readonly message: Message;
      readonly bytes: number;
    }
  | { readonly kind: 'status'; readonly status: number; readonly session: string | undefined }
  | {
      readonly kind: 'lost';
      /** False when not one byte of the request left. */
      readonly sent: boolean;
      readonly why: 'network' | 'too-large' | 'aborted' | 'no-answer' | 'content-type';
      /** 0 when no response began. */
      readonly status: number;
      /** A stream begins before the work does; any other body begins with the answer. */
      readonly streamed: boolean;
      /** Of what was too large: what came of it. */
      readonly begun?: CutMessage;
    };

export type Lost = Extract<Outcome, { kind: 'lost' }>;

export interface Exchange {
  readonly outcome: Promise<Outcome>;
  sent(): boolean;
  abort(): void;
}

/** How long a stream may stay open after it gave its answer. */
const closingMs = 1_000;
/** A stream that breaks off is taken up again so often, each time after it has said more. */
const mostResumes = 16;
/** Questions in the stream of one answer. */
const mostAsked = limits.asksAtOnce * limits.askRounds;
/** What a server says that one should wait is believed so far. */
const longestRetryMs = 5_000;

export function exchange(pool: Dispatching, posted: Posted, options: ExchangeOptions): Exchange {
  const handler = new ExchangeHandler(pool, options);
  handler.dispatch(posted);
  return handler;
}

/** Of the exchanges of this process, to tell them apart. */
let lastNumber = 0;

class ExchangeHandler implements Dispatcher.DispatchHandler, Exchange {
  readonly outcome: Promise<Outcome>;
  readonly #number = (lastNumber += 1);
  readonly #options: ExchangeOptions;
  #resolve: (outcome: Outcome) => void = () => undefined;
  #settled = false;
  #sent = false;
  #aborted = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #streamed = false;
  #session: string | undefined;
  #body: Body | undefined;
  #closing: NodeJS.Timeout | undefined;
  #bytes = 0;
  readonly #pool: Dispatching;
  #lastEvent: string | undefined;
  #resumedAfter: string | undefined;
  #resumes = 0;
  #retryMs = 0;
  #asides = 0;
  #asked = 0;

  constructor(pool: Dispatching, options: ExchangeOptions) {
    this.#pool = pool;
    this.#options = options;
    options.open?.set(this.#number, this);
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  dispatch({ method, path, headers, body }: Posted): void {
    this.#pool.dispatch({ method, path, headers, body }, this);
  }

  sent(): boolean {
    return this.#sent;
  }

  abort(): void {
    this.#aborted = true;
    clearTimeout(this.#closing);
    this.#settle(this.#lost('aborted'));
    this.#controller?.abort(new Error('aborted'));
  }

  /** The request is written right after this returns, unless it is aborted here. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error('aborted'));
    else this.#sent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#session = sessionOf(headers['mcp-session-id']);
    const isStream = status < 300 && isEventStream(headers);
    this.#streamed = isStream;
    const isAsked = status === 200 && this.#options.id !== undefined;
    if (isAsked && !isStream && !isJson(headers)) {
      this.#settle(this.#lost('content-type'));
      controller.abort(new Error('content type'));
      return;
    }
    if (this.#resumes > 0 && !isStream) {
      // It was given its request, and does not say any more what came of it.
      this.#streamed = true;
      this.#settle(this.#lost('no-answer'));
      controller.abort(new Error('not resumed'));
      return;
    }
    const bounds = { maxBytes: this.#options.maxBytes };
    this.#body = isStream
      ? createStreamBody({
          ...bounds,
          onData: (data) => this.#takeEvent(data),
          fields: {
            onId: (id) => void (this.#lastEvent = id),
            onRetry: (ms) => void (this.#retryMs = Math.min(ms, longestRetryMs)),
          },
        })
      : createJsonBody(bounds);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#body === undefined || this.#body.push(chunk)) return;
    if (!this.#settled) {
      const begun = { head: this.#body.begun(), bytes: this.#bytes };
      this.#settle({ ...this.#lost('too-large'), begun });
    }
    controller.abort(new Error('too large'));
  }

  onResponseEnd(): void {
    clearTimeout(this.#closing);
    if (!this.#settled && !this.#isResumed()) this.#settle(this.#ended());
  }

  onResponseError(): void {
    clearTimeout(this.#closing);
    if (!this.#settled && !this.#isResumed()) this.#settle(this.#lost('network'));
  }

  /**
   * Its stream broke off before the answer: it is asked for again where it ended. INVARIANT: the request
   * is never sent again, and a stream that says nothing new is not taken up a second time.
   */
  #isResumed(): boolean {
    const { resumed } = this.#options;
    const after = this.#lastEvent;
    if (resumed === undefined || after === undefined || !this.#streamed || this.#aborted)
      return false;
    if (after === this.#resumedAfter || this.#resumes >= mostResumes) return false;
    this.#resumedAfter = after;
    this.#resumes += 1;
    this.#body = undefined;
    this.#closing = setTimeout(() => {
      const posted = resumed(after);
      if (posted === undefined) this.#settle(this.#lost('no-answer'));
      else this.dispatch(posted);
    }, this.#retryMs);
    return true;
  }

  #ended(): Outcome {
    const status = this.#status;
    const session = this.#session;
    const whole = this.#body?.whole();
    if (whole === undefined) return this.#lost('no-answer');
    if (whole.length === 0 || isRedirect(status)) return { kind: 'status', status, session };
    const message = readMessage(whole, this.#options.maxBytes);
    if (status >= 300 && !isErrorTo(message, this.#options.id)) {
      return { kind: 'status', status, session };
    }
    return this.#read(message, whole.length);
  }

  #takeEvent(data: Buffer): void {
    if (this.#settled) return;
    const message = readMessage(data, this.#options.maxBytes);
    if (message.kind !== 'broken' && !isAnswerTo(message, this.#options.id)) {
      if (this.#mayStillSay(message)) this.#options.onAside(message);
      else this.#saysTooMuch();
      return;
    }
    this.#settle(this.#read(message, data.length));
    this.#closing = setTimeout(() => this.#controller?.abort(new Error('done')), closingMs);
  }

  /** INVARIANT: each question costs an answer of ours, so a flood of them is not met by one of answers. */
  #mayStillSay({ kind }: Message): boolean {
    this.#asides += 1;
    if (kind === 'request') this.#asked += 1;
    return this.#asides <= limits.upstreamAsides && this.#asked <= mostAsked;
  }

  #saysTooMuch(): void {
    const why = 'it says and asks more before its answer than a server may';
    this.#settle(this.#read({ kind: 'broken', why }, this.#bytes));
    this.#controller?.abort(new Error(why));
  }

  #read(message: Message, bytes: number): Outcome {
    const checked: Message =
      message.kind === 'broken' || isAnswerTo(message, this.#options.id)
        ? message
        : { kind: 'broken', why: 'the answer is for another request' };
    return {
      kind: 'message',
      status: this.#status,
      session: this.#session,
      message: checked,
      bytes,
    };
  }

  #lost(why: Lost['why']): Lost {
    const streamed = this.#streamed;
    return { kind: 'lost', sent: this.#sent, why, status: this.#status, streamed };
  }

  #settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#options.open?.delete(this.#number);
    this.#resolve(outcome);
  }
}

/** An error without id is an answer too: its sender could not read the id. */
function isAnswerTo(message: Message, id: number | undefined): boolean {
  if (message.kind === 'result') return message.id === id;
  return isErrorTo(message, id);
}

/** Under a status that says no, only an error is believed. */
function isErrorTo(message: Message, id: number | undefined): boolean {
  return message.kind === 'error' && (message.id === id || message.id === null);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

export function isEventStream(headers: IncomingHttpHeaders): boolean {
  const type: unknown = headers['content-type'];
  return typeof type === 'string' && /^\s*text\/event-stream\b/i.test(type);
}

function isJson(headers: IncomingHttpHeaders): boolean {
  const type: unknown = headers['content-type'];
  return typeof type === 'string' && /^\s*application\/json\s*(?:;|$)/i.test(type);
}

const sessionSyntax = /^[\x21-\x7e]{1,1024}$/;

function sessionOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && sessionSyntax.test(value) ? value : undefined;
}
