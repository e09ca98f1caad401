import type { StreamEvent, StreamUsage } from '#contracts/streamed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { StreamCodes } from './bounds.ts';
import type { Lane } from './lane.ts';
import { StreamOrder } from './order.ts';
import { WindowQueue } from './queue.ts';

/** How what comes in is cleaned; the intake's own way. */
export interface StreamCleaning {
  readonly lane: (name: string) => Lane;
  readonly fact: (value: JsonObject) => {
    readonly value: JsonObject;
    readonly redactions: number;
  };
}

const laneName = /^[A-Za-z0-9_./-]{1,64}$/;

/** What a stream has said, cleaned and in order. Throws when it says what cannot be taken in. */
export class StreamContent {
  /** What may leave. */
  readonly queue = new WindowQueue();
  readonly #lanes = new Map<string, Lane>();
  readonly #order: StreamOrder;
  readonly #cleaning: StreamCleaning;
  readonly #codes: StreamCodes;
  #bytesLeft: number;
  #eventsLeft: number = limits.streamEvents;
  #redactions = 0;

  constructor(cleaning: StreamCleaning, codes: StreamCodes, bytes: number) {
    this.#cleaning = cleaning;
    this.#codes = codes;
    this.#bytesLeft = bytes;
    this.#order = new StreamOrder({
      text: (lane, text) => this.queue.text(lane, text),
      fact: (value) => {
        if (!this.queue.fact(value)) throw this.#tooLarge('one of its facts');
      },
    });
  }

  /** False when it said nothing. */
  take(event: StreamEvent): boolean {
    this.#eventsLeft -= 1;
    if (this.#eventsLeft < 0) throw this.#tooLarge('the number of its events');
    if (event.kind === 'text') return this.#text(event.lane, event.text);
    this.#spend(canonicalBytes(event.value).length);
    const { value, redactions } = this.#cleaning.fact(event.value);
    this.#redactions += redactions;
    this.#order.fact(value);
    return true;
  }

  /** It is whole: what was held back is what it is. */
  flush(): void {
    const before = this.#inLanes();
    this.#order.flush();
    this.#redactions += this.#inLanes() - before;
  }

  /** What it counted; nothing when that is no count, or looks like what was lent. */
  usage(usage: StreamUsage | undefined): StreamUsage | undefined {
    if (usage === undefined) return undefined;
    const { inputTokens, outputTokens } = usage;
    const isCount = [inputTokens, outputTokens].every(
      (one) => Number.isSafeInteger(one) && one >= 0,
    );
    if (!isCount) return undefined;
    const { redactions } = this.#cleaning.fact({ inputTokens, outputTokens });
    return redactions === 0 ? { inputTokens, outputTokens } : undefined;
  }

  /** How many were taken out since this was last asked. */
  redactions(): number {
    const redactions = this.#redactions;
    this.#redactions = 0;
    return redactions;
  }

  #text(name: string, text: string): boolean {
    const lane = this.#lane(name);
    if (text === '') return false;
    // No character has less than one byte: what is far too long is not even measured.
    this.#spend(text.length > this.#bytesLeft ? text.length : Buffer.byteLength(text));
    const before = lane.redactions;
    this.#order.text(lane, text);
    this.#redactions += lane.redactions - before;
    return true;
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    // A name is told as it is, so nothing may stand in it that would be taken out of a text.
    const isPlain = laneName.test(name) && this.#cleaning.fact({ name }).redactions === 0;
    if (!isPlain) throw this.#protocol('one of its texts has no proper name');
    if (this.#lanes.size === limits.streamLanes) throw this.#tooLarge('the number of its texts');
    const lane = this.#cleaning.lane(name);
    this.#lanes.set(name, lane);
    return lane;
  }

  #inLanes(): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) sum += lane.redactions;
    return sum;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw new BailiwickError(this.#codes.tooLarge);
  }

  #tooLarge(what: string): BailiwickError {
    return new BailiwickError(this.#codes.tooLarge, {
      message: `${what} is more than a stream may have`,
    });
  }

  #protocol(message: string): BailiwickError {
    return new BailiwickError(this.#codes.protocol, { message });
  }
}
