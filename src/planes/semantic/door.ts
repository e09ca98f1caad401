import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';

export interface Finding {
  readonly detector: string;
  /** JSON pointer to the string that carries it, with what was found in keys already taken out. */
  readonly path: string;
  readonly count: number;
}

/** Both throw `semantic/too-large` for more text than `limits.resultScanBytes`: then it is a deny. */
export interface Inspector {
  /** What the arguments carry. Linear time. */
  arguments(args: JsonObject): { readonly labels: Labels; readonly findings: readonly Finding[] };
  /** Secrets in a result are replaced by `[redacted:<detector>]`; the shape stays. */
  redact<T extends Json>(value: T): { readonly value: T; readonly findings: readonly Finding[] };
}
