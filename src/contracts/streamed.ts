import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/**
 * One event of a streamed answer, as the adapter understood it; nothing else of the upstream's
 * bytes is passed on.
 */
export type StreamEvent =
  | {
      readonly kind: 'text';
      /**
       * Which text this continues, in the adapter's own words: `0/content`, `0/tool/1/arguments`.
       * Letters, digits and `_./-`, at most 64. All text of a lane, put together, is what is looked
       * through; texts of two lanes have no order between them.
       */
      readonly lane: string;
      /** A piece; it may end anywhere, also inside a character, a word or an escape. */
      readonly text: string;
    }
  | {
      readonly kind: 'fact';
      /** Whole: a role, a finish reason, id and name of a tool call. Cleaned like a result. */
      readonly value: JsonObject;
    };

/** What the upstream counted; whole numbers that are not negative. */
export interface StreamUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type StreamEnd =
  | {
      readonly kind: 'complete';
      /** Missing when the upstream did not say. */
      readonly usage?: StreamUsage;
    }
  | {
      readonly kind: 'broken';
      /** In our words alone; what the upstream wrote stands in `said`. */
      readonly refusal: Refusal;
      /** What is known of the whole: `unknown` once the request had left, unless it is known. */
      readonly effect: SideEffect;
      /** Text of the upstream as it came, for the gateway's intake alone (as in `ToolAnswer`). */
      readonly said?: string;
    };

/**
 * A streamed answer that has begun. Promises of an adapter:
 * - events come in the order in which the upstream wrote them, then exactly one end, then nothing;
 * - a lost connection, a lie about length, bytes that are no event, a stop in mid-event are a
 *   `broken` end, never a `complete` one and never a fault that is thrown;
 * - nothing is read ahead of `next` beyond one network read: who does not ask is not sent to.
 * INVARIANT: the gateway believes none of them; see `gateway/streams/windows.ts`.
 */
export interface Streamed {
  /** To be read once. Leaving it (`return`) does what `cancel` does. */
  readonly events: AsyncIterable<StreamEvent | StreamEnd>;
  /**
   * Ends the exchange with the upstream at once, read or not; a `next` that waits settles soon.
   * May be called at any time and again. The signal of the invocation does the same.
   */
  cancel(): void;
}
