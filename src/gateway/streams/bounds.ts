import type { ErrorCode } from '#kernel/error-codes.ts';

/** What a stream is refused with, in the words of its kind. */
export interface StreamCodes {
  readonly timeout: ErrorCode;
  readonly tooLarge: ErrorCode;
  readonly protocol: ErrorCode;
}

/** How much of a stream is taken in, and for how long. */
export interface StreamBounds {
  /** All that it says, as it came. */
  readonly bytes: number;
  /** From its beginning to its end, however slowly it is taken. */
  readonly totalMs: number;
  /** The longest silence while somebody waits for it. */
  readonly idleMs: number;
  readonly codes: StreamCodes;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}
