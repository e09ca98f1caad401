import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';

export interface Finding {
  readonly detector: string;
  /** JSON pointer to the string that carries it. */
  readonly path: string;
  readonly count: number;
}

export interface Inspector {
  /** What the arguments carry. Linear time. */
  arguments(args: JsonObject): { readonly labels: Labels; readonly findings: readonly Finding[] };
  /** Secrets in a result are replaced by `[redacted:<detector>]`; the shape stays. */
  redact<T extends Json>(value: T): { readonly value: T; readonly findings: readonly Finding[] };
}
