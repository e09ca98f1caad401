import type { Labels } from '#kernel/label.ts';
import type { EffectClass } from '#kernel/tool.ts';

/** What one task asked for, was told and began with, as its records and what is sealed beside them say it. */
export interface ToldRecord {
  readonly id: string;
  readonly writer: string;
  /** When it was recorded, in milliseconds. */
  readonly at: number;
  /**
   * `begun`: the task; `asked`: a call that is about to leave, with its arguments; `told`: how it ended, with what was told of
   * it; `part`: one window of a stream, which is not looked into.
   */
  readonly kind: 'begun' | 'asked' | 'told' | 'part';
  readonly call: string;
  /** `targetText`; of what is about no target, undefined. */
  readonly target: string | undefined;
  readonly effect: EffectClass | undefined;
  /** It carried what strangers wrote; of a beginning: the task took that over. */
  readonly untrusted: boolean;
  /** All that it carried. */
  readonly carried: Labels;
  /** It ended with a refusal; what was heard of it, if anything, is `text`. */
  readonly refused: boolean;
  /** A call that ended like this did nothing. */
  readonly didNothing: boolean;
  /** What was sealed, and all of it. Undefined: nothing was, a part was held back, it was not kept, was erased or cannot be read. */
  readonly text: string | undefined;
}

export interface ToldQuestion {
  readonly tenant: string;
  readonly task: string;
  /** Only what was recorded from then on, in milliseconds. */
  readonly since: number;
  /** The `next` of the page before. */
  readonly after: string | undefined;
}

export interface ToldPage {
  /** By their times. */
  readonly records: readonly ToldRecord[];
  readonly next: string | undefined;
  /** INVARIANT: false where any log of the tenant has records that were not looked through, or the task was handed on. */
  readonly isWhole: boolean;
}

/** The gateway's half, which is all of it. INVARIANT: who cannot read the logs says that nothing is whole. */
export interface ToldRecords {
  of(question: ToldQuestion): Promise<ToldPage>;
}

/** Of a store alone: what was told stands in no table. */
export const nothingTold: ToldRecords = {
  of: async () => ({ records: [], next: undefined, isWhole: false }),
};
