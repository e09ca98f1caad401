import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import type { Aside, Hearing, Lent } from '#contracts/tool-server.ts';
import type { Reply, SideEffect, Talk } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Heard, Taken, TakenAsks } from '../intake.ts';
import type { TakenStream, Window, WindowsEnd } from '../taken-stream.ts';
import { AsideQueue } from './aside-queue.ts';
import { asksForSecret, isUnaskedLink } from './elicited.ts';
import { levelsFrom } from './levels.ts';

/** How long a server that was told that nobody replies may take for its answer. */
const lateMs = 30_000;

/** Replies to what the server asked last, and what it gave along then. */
export interface Going {
  readonly replies: JsonObject;
  readonly state: string | undefined;
}

export interface ConversationParts {
  readonly talk: Talk;
  /** The capabilities of the caller that its server may make use of. */
  readonly capabilities: JsonObject;
  /** One request to the server, with what is replied to its last answer. */
  request(
    hearing: Hearing,
    going: Going | undefined,
    signal: AbortSignal,
    hear: (heard: Heard) => void,
  ): Promise<Taken | TakenAsks>;
  /** Puts a question to the caller in mid-call. Undefined when it cannot be asked now. */
  ask(hear: (reply: Reply) => void): { readonly id: string; close(): void } | undefined;
  /** Keeps what the caller must say first; answers the handle with which it goes on. */
  keep(state: string | undefined, parked: Conversation | undefined): string | undefined;
  /** Nobody was told this handle. */
  forget(handle: string): void;
  /** INVARIANT: nothing goes to the server that this has not let pass. */
  inspect(reply: JsonObject): Refusal | undefined;
}

/**
 * A call in which more is said than a question and its answer. What the server tells and asks comes as
 * windows, each inspected, on record and released in its turn; the answer ends it. A server that knows no
 * way to ask but in mid-call is kept waiting while its caller, who knows none, calls again.
 */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #queue = new AsideQueue();
  readonly #aborter = new AbortController();
  readonly #levels: ReadonlySet<string>;
  /** Asked in mid-call by the server, of a caller who can only call again. */
  readonly #pending = new Map<string, Extract<Aside, { kind: 'ask' }>>();
  #closers: (() => void)[] = [];
  #taken: Taken | undefined;
  #asked = 0;
  #isParked = false;
  #isDropped = false;
  /** The last one, with which its caller goes on. */
  #handle: string | undefined;
  readonly #over = Promise.withResolvers<Taken>();
  #lent: readonly Lent[] | undefined;

  constructor(parts: ConversationParts, going: Going | undefined) {
    this.#parts = parts;
    this.#levels = levelsFrom(parts.talk.log);
    void this.#run(going).then(
      (taken) => this.#end(taken),
      (fault: unknown) => this.#end(failed(faultOf(fault), effectOf(fault))),
    );
  }

  /** What is said until the answer, or until the caller must speak. The signal is this call's own. */
  stream(signal: AbortSignal): TakenStream {
    this.#isParked = false;
    this.#handle = undefined;
    const leave = (): void => this.giveUp();
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    const done = (): void => signal.removeEventListener('abort', leave);
    return {
      kind: 'stream',
      windows: this.#windows(done),
      cancel: () => {
        done();
        if (!this.#isParked) this.giveUp();
      },
      untold: () => this.#untold(),
    };
  }

  /**
   * Nobody will call again: it is ended at once, or its server is told that nobody replied, and has a
   * moment to end by itself. Answers what is known of it then.
   */
  async drop(isStopped: boolean): Promise<SideEffect> {
    this.#isDropped = true;
    if (!isStopped) {
      this.#replyToNone();
      await Promise.race([this.#over.promise, setTimeoutAsync(lateMs, undefined, { ref: false })]);
    }
    this.giveUp();
    const taken = await this.#over.promise;
    return taken.kind === 'answer' ? 'done' : taken.effect;
  }

  /**
   * The caller has called again, with replies to what was asked in mid-call. INVARIANT: they go with what
   * was lent to this call: the lease of the one that was asked is over.
   */
  resume(replies: JsonObject, lent: readonly Lent[]): void {
    this.#lent = lent;
    for (const [name, ask] of this.#pending) {
      const given = replies[name];
      const isGiven = typeof given === 'object' && given !== null && !Array.isArray(given);
      const reply = isGiven
        ? ({ kind: 'result', result: given as JsonObject } as const)
        : notReplied;
      this.#pass(ask, reply);
    }
    this.#pending.clear();
  }

  giveUp(): void {
    this.#aborter.abort();
    for (const close of this.#closers.splice(0)) close();
    this.#replyToNone();
    this.#queue.wake();
  }

  #replyToNone(): void {
    for (const ask of this.#pending.values()) ask.answer(notReplied);
    this.#pending.clear();
  }

  /** The answer that asks reached nobody: then nobody goes on with it. */
  #untold(): boolean {
    if (this.#handle === undefined) return false;
    this.#parts.forget(this.#handle);
    if (!this.#isParked) return false;
    this.#isParked = false;
    this.giveUp();
    return true;
  }

  async #run(first: Going | undefined): Promise<Taken> {
    const { talk, capabilities } = this.#parts;
    const hear = (heard: Heard): void => this.#hear(heard);
    // The connection puts its own in the place of this: what it heard comes cleaned, by `hear`.
    const { progress, log } = talk;
    const lent = () => this.#lent;
    const hearing = { progress, log, capabilities, hear: () => undefined, lent };
    let going = first;
    for (let round = 0; round < limits.askRounds; round += 1) {
      const taken = await this.#parts.request(hearing, going, this.#aborter.signal, hear);
      if (taken.kind !== 'asks') return taken;
      if (asksSecret(taken.requests, (params) => this.#mayNotAsk(params)))
        return failed(refusal('tools/asks-for-secret'), 'done');
      if (talk.asked === 'retry') return this.#askedAgain(taken.requests, taken, taken.state);
      going = { replies: await this.#askAll(taken), state: taken.state };
    }
    const message = 'the tool server never stops asking';
    return failed(refusal('tools/upstream-protocol', { message }), 'done');
  }

  /** The answer to a caller who calls again: what is asked, and the handle to go on with. */
  #askedAgain(
    requests: JsonObject,
    { redactions }: Pick<TakenAsks, 'redactions'>,
    state: string | undefined,
    parked?: Conversation,
  ): Taken {
    const handle = this.#parts.keep(state, parked);
    if (handle === undefined) return failed(refusal('tools/too-many-asks'), 'done');
    this.#handle = handle;
    return { kind: 'answer', result: requests, redactions, asks: handle };
  }

  /** Each is put to the caller as if the server had asked in mid-call. */
  async #askAll({ requests, redactions }: TakenAsks): Promise<JsonObject> {
    const replies = Object.entries(requests).map(
      ([name, given]) =>
        new Promise<readonly [string, JsonObject]>((resolve, reject) => {
          const { method, params } = given as { method: string; params?: JsonObject };
          const answer = (reply: Reply): void => {
            if (reply.kind === 'result') resolve([name, reply.result]);
            else reject(new BailiwickError('tools/ask-refused'));
          };
          const aside = { kind: 'ask', method, params: params ?? {}, answer } as Aside;
          this.#hear({ aside, redactions });
        }),
    );
    return Object.fromEntries(await Promise.all(replies));
  }

  #hear({ aside, redactions }: Heard): void {
    if (this.#taken !== undefined || this.#isDropped || this.#aborter.signal.aborted) {
      // Whoever asks is told so: a server would wait for nobody, and so would this.
      if (aside.kind === 'ask') aside.answer(notReplied);
      return;
    }
    if (aside.kind === 'notice') {
      const { method, params } = aside;
      const level = params['level'];
      const isWanted = typeof level === 'string' && this.#levels.has(level);
      if (method === 'notifications/message' && !isWanted) return;
      return this.#queue.tell({ kind: 'fact', value: { method, params } }, redactions);
    }
    if (this.#mayNotAsk(aside.params)) return aside.answer(declined(aside.method));
    if (this.#parts.talk.asked === 'retry') return this.#park(aside, redactions);
    this.#askNow(aside, redactions);
  }

  #mayNotAsk(params: JsonObject): boolean {
    return asksForSecret(params) || isUnaskedLink(params, this.#parts.capabilities);
  }

  #askNow(aside: Extract<Aside, { kind: 'ask' }>, redactions: number): void {
    const open = this.#parts.ask((reply) => this.#pass(aside, reply));
    if (open === undefined) return aside.answer(notReplied);
    const close = (): void => {
      clearTimeout(timer);
      open.close();
      aside.answer(notReplied);
    };
    const timer = setTimeout(close, limits.askReplyMs);
    timer.unref();
    this.#closers.push(close);
    const { method, params } = aside;
    this.#queue.ask({ kind: 'fact', value: { id: open.id, method, params } }, redactions);
  }

  /** The server waits in mid-call; its caller is answered, and goes on with the handle. */
  #park(aside: Extract<Aside, { kind: 'ask' }>, redactions: number): void {
    this.#asked += 1;
    this.#pending.set(`ask-${this.#asked}`, aside);
    this.#queue.park(redactions);
  }

  #pass(aside: Extract<Aside, { kind: 'ask' }>, reply: Reply): void {
    const no = reply.kind === 'result' ? this.#parts.inspect(reply.result) : undefined;
    if (no === undefined) return aside.answer(reply);
    aside.answer({ kind: 'error', code: -32_603, message: no.message });
  }

  #end(taken: Taken): void {
    this.#taken = taken;
    this.#over.resolve(taken);
    for (const close of this.#closers.splice(0)) close();
    this.#queue.wake();
  }

  async *#windows(done: () => void): AsyncGenerator<Window | WindowsEnd, void, undefined> {
    try {
      for (;;) {
        const { events, redactions } = this.#queue.take();
        if (events.length > 0) yield { kind: 'window', events, redactions };
        else if (this.#taken !== undefined) return yield endOf(this.#taken);
        else if (this.#pending.size > 0) return yield endOf(this.#parkedAnswer(redactions));
        else await this.#queue.something();
      }
    } finally {
      done();
    }
  }

  #parkedAnswer(redactions: number): Taken {
    const requests = Object.fromEntries(
      [...this.#pending].map(([name, { method, params }]) => [name, { method, params }]),
    );
    const asked = this.#askedAgain(requests, { redactions }, undefined, this);
    this.#isParked = asked.kind === 'answer';
    if (this.#isParked) this.#lent = [];
    return asked;
  }
}

function endOf(taken: Taken): WindowsEnd {
  const rest = { kind: 'end', usage: undefined } as const;
  if (taken.kind === 'answer') {
    return { ...rest, refusal: undefined, effect: 'done', heard: false, answer: taken };
  }
  return { ...rest, refusal: taken.refusal, effect: taken.effect, heard: taken.heard };
}

/** `done` once its server has answered that it wants to know something: that much is over. */
function failed(no: Refusal, effect: SideEffect = 'unknown'): Taken {
  return { kind: 'failed', refusal: no, effect, heard: false };
}

/** Who was asked by an answer of the server said no: the answer itself had come. */
function effectOf(fault: unknown): SideEffect {
  const isNo = fault instanceof BailiwickError && fault.code === 'tools/ask-refused';
  return isNo ? 'done' : 'unknown';
}

function faultOf(fault: unknown): Refusal {
  return fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
}

function asksSecret(requests: JsonObject, mayNot: (params: JsonObject) => boolean): boolean {
  return Object.values(requests).some((one) => {
    const params = isJsonObject(one) ? one['params'] : undefined;
    return isJsonObject(params) && mayNot(params);
  });
}

const notReplied: Reply = { kind: 'error', code: -32_000, message: 'the caller did not reply' };

/** A form that nobody is shown is declined, as its reader would have done. */
function declined(method: string): Reply {
  return method === 'elicitation/create'
    ? { kind: 'result', result: { action: 'decline' } }
    : notReplied;
}
