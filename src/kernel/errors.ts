import { type ErrorCode, errorCodes } from './error-codes.ts';
import type { JsonObject } from './json/value.ts';

/** What a caller is told. Every refusal, at every edge, has these three. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly suggestedAction: string;
  /** Facts that a program may read. INVARIANT: never a secret, never rule text. */
  readonly details?: JsonObject;
}

/** A "no" that is an answer, not a fault. Stages return it; they do not throw it. */
export interface Refusal extends Problem {
  readonly kind: 'refusal';
  readonly status: number;
  /** Seconds after which the same call may be tried again, where waiting can help. */
  readonly retryAfter?: number;
  /** What the record says beside it, for the operator. INVARIANT: no caller is told, and no secret. */
  readonly recorded?: JsonObject;
  /**
   * Set where `message` has words of a stranger, or of the caller: the caller hears them; a record has this instead,
   * and seals them.
   */
  readonly recordedMessage?: string;
}

export interface RefusalExtras {
  readonly message?: string;
  readonly suggestedAction?: string;
  readonly details?: JsonObject;
  readonly retryAfter?: number;
  readonly recorded?: JsonObject;
  readonly recordedMessage?: string;
}

export function refusal(code: ErrorCode, extras: RefusalExtras = {}): Refusal {
  const known = errorCodes[code];
  return {
    kind: 'refusal',
    code,
    status: known.status,
    message: extras.message ?? known.message,
    suggestedAction: extras.suggestedAction ?? known.suggestedAction,
    ...(extras.details === undefined ? {} : { details: extras.details }),
    ...(extras.retryAfter === undefined ? {} : { retryAfter: extras.retryAfter }),
    ...(extras.recorded === undefined ? {} : { recorded: extras.recorded }),
    ...(extras.recordedMessage === undefined ? {} : { recordedMessage: extras.recordedMessage }),
  };
}

export function isRefusal(value: unknown): value is Refusal {
  // One look and no `in` before it: it is asked of what every stage answers.
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { readonly kind?: unknown }).kind === 'refusal'
  );
}

/** A fault. On the path a fault is a deny; elsewhere it carries the same three fields to its edge. */
export class BailiwickError extends Error {
  override readonly name = 'BailiwickError';
  readonly code: ErrorCode;
  readonly suggestedAction: string;
  readonly details: JsonObject | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, extras: RefusalExtras & { cause?: unknown } = {}) {
    super(
      extras.message ?? errorCodes[code].message,
      extras.cause === undefined ? undefined : { cause: extras.cause },
    );
    this.code = code;
    this.suggestedAction = extras.suggestedAction ?? errorCodes[code].suggestedAction;
    this.details = extras.details;
    this.retryAfter = extras.retryAfter;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  toRefusal(): Refusal {
    return refusal(this.code, {
      message: this.message,
      suggestedAction: this.suggestedAction,
      ...(this.details === undefined ? {} : { details: this.details }),
      ...(this.retryAfter === undefined ? {} : { retryAfter: this.retryAfter }),
    });
  }
}
