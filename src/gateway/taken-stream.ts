import type { CutOff } from '#contracts/tool-server.ts';
import type { StreamEvent } from '#contracts/streamed.ts';
import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { UsagePart } from '#kernel/record.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** What came whole, with nothing in it that must not be told. */
export interface Answer {
  readonly kind: 'answer';
  readonly result: JsonObject;
  readonly redactions: number;
  /** Set when its server went on after this. */
  readonly cut?: CutOff;
  /** Set when it is no answer yet: the handle with which its caller goes on. */
  readonly asks?: string | undefined;
}

/** A streamed answer that has begun, cut into windows, with nothing in them that must not be told. */
export interface TakenStream {
  readonly kind: 'stream';
  /** Windows in their order, then exactly one end, then nothing. To be read once. */
  readonly windows: AsyncIterable<Window | WindowsEnd>;
  /** Ends the exchange with what it comes from, at once; may be called at any time and again. */
  cancel(): void;
  /**
   * Its end was told to nobody. True when what it comes from may have been at it still, so that what came
   * of it is not known.
   */
  untold?(): boolean;
}

export interface Window {
  readonly kind: 'window';
  readonly events: readonly StreamEvent[];
  readonly redactions: number;
}

export interface WindowsEnd {
  readonly kind: 'end';
  /** Why it ended before its time; undefined when it is whole. */
  readonly refusal: Refusal | undefined;
  readonly effect: SideEffect;
  /** The refusal tells something that was written outside: its labels come first. */
  readonly heard: boolean;
  readonly usage: UsagePart | undefined;
  /** It ends with an answer that comes whole, to be inspected and settled. */
  readonly answer?: Answer | undefined;
}
