import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';
import type { AwayCaller } from '../http/protocol.ts';

/** An answer as its call says it, message by message. */
export interface AnswerOf {
  readonly session: string;
  /** Whose it is; INVARIANT: a request in a session is its holder's, or is refused. */
  readonly holder: string;
  readonly request: { readonly method: string; readonly id: Extract<Json, string | number> };
  /** Its client knows what an event without data is for: it names a place. */
  readonly isPrimed: boolean;
  /** INVARIANT: asked whenever something of it is told that was not told at once. */
  readonly mayNot: () => Refusal | undefined;
  /** What is told in its place. */
  readonly instead: (no: Refusal, effect: SideEffect, recordId: string | undefined) => Buffer;
  readonly caller: AwayCaller;
}

/** What a reader that came back is told next. */
export interface Next {
  /**
   * `open`: more may come. `over`: this is the last of it. `lost`: another one reads it now. `gone`: it is
   * kept no more.
   */
  readonly state: 'open' | 'over' | 'lost' | 'gone';
  readonly events: readonly Buffer[];
}

export interface Ended {
  readonly effect: SideEffect;
  readonly recordId: string | undefined;
  readonly at: number;
}

/** One answer: what was released of it, each message with its place, for one reader at a time. */
export class KeptAnswer {
  readonly of: AnswerOf;
  ended: Ended | undefined;
  bytes = 0;
  #events: Buffer[] = [];
  #told = 0;
  #isGone = false;
  #reader: string | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(of: AnswerOf) {
    this.of = of;
  }

  /** The place of the next message. */
  get place(): number {
    return this.#told;
  }

  add(event: Buffer): void {
    this.#told += 1;
    if (!this.#isGone) {
      this.#events.push(event);
      this.bytes += event.length;
    }
    this.#wake();
  }

  end(ended: Ended): void {
    this.ended = ended;
    this.#wake();
  }

  /** INVARIANT: nothing of it is told any more, also to whoever reads it now. */
  forget(): void {
    this.#isGone = true;
    this.#events = [];
    this.bytes = 0;
    this.#wake();
  }

  /** Somebody came back for it: whoever read it before does not any more. */
  begin(reader: string): void {
    if (this.#reader === undefined) this.of.caller.lose();
    this.#reader = reader;
    this.of.caller.back();
    this.#wake();
  }

  left(reader: string): void {
    if (this.#reader === reader) this.of.caller.left();
  }

  /** What comes after so many messages. INVARIANT: each is told once to a reader, and in its turn. */
  after(reader: string, told: number): Next {
    if (this.#reader !== reader) return { state: 'lost', events: [] };
    const no = this.of.mayNot();
    if (no !== undefined) {
      const { effect = 'unknown', recordId } = this.ended ?? {};
      return { state: 'over', events: [this.of.instead(no, effect, recordId)] };
    }
    if (this.#isGone) return { state: 'gone', events: [] };
    const state = this.ended === undefined ? 'open' : 'over';
    return { state, events: this.#events.slice(told) };
  }

  /** Resolves when it may be otherwise. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
