import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';

export interface Finding {
  readonly detector: string;
  /** JSON pointer to the string that carries it, with what was found in keys already taken out. */
  readonly path: string;
  readonly count: number;
}

export interface Inspector {
  /**
   * What the arguments carry. Linear time. This and `redact` throw `semantic/too-large` for more
   * text than `limits.resultScanBytes`: then it is a deny.
   */
  arguments(args: JsonObject): { readonly labels: Labels; readonly findings: readonly Finding[] };
  /** Secrets in a result are replaced by `[redacted:<detector>]`; the shape stays. */
  redact<T extends Json>(value: T): { readonly value: T; readonly findings: readonly Finding[] };
  /** For a text that comes in pieces. */
  lane(): LaneScanner;
}

/**
 * Looks through a text that comes in pieces. INVARIANT: all that comes out, put together, is what
 * `redact` makes of the whole text, wherever it was cut; but for a single secret that would hold
 * back more than `limits.laneHeldBytes`: then what is held and whatever goes on without a break is
 * taken out. Linear time in all.
 */
export interface LaneScanner {
  /** What may be told of the text so far and was not told yet. */
  push(text: string): string;
  /** The rest: the text is complete. */
  flush(): string;
  /** How much came in so far, in a measure of its own. */
  readonly given: number;
  /** How much of that waits for more, because it may be part of a secret. */
  readonly held: number;
  /** How many secrets were taken out. */
  readonly redactions: number;
}
