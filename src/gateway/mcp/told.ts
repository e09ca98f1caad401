import type { Outcome } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { limits } from '#kernel/limits.ts';

export type RefusedOutcome = Extract<Outcome, { kind: 'refused' }>;
export type HeldOutcome = Extract<Outcome, { kind: 'held' }>;

/** A no in words: the same for the model, for its client and for whoever finds it in a log. */
export function toldOfRefusal({ refusal, recordId, effect }: RefusedOutcome): JsonObject {
  const { code, message, suggestedAction, details, retryAfter } = refusal;
  return {
    code,
    message,
    suggestedAction,
    effect,
    ...(details === undefined ? {} : { details }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(recordId === undefined ? {} : { record: recordId }),
  };
}

/**
 * INVARIANT: it says that nothing was done. The next step is machine-readable too: no handle is needed,
 * because an identical call finds its own yes, but whoever has it may send it.
 */
export function toldOfHold({ approval, recordId }: HeldOutcome): JsonObject {
  const { handle, approvalId, expiresAt } = approval;
  return {
    code: 'approvals/pending',
    message: `nothing was done: a human has to approve this call first (approval ${approvalId})`,
    suggestedAction:
      'go on with something else; after a human approved it, repeat the identical call, with exactly the same arguments',
    effect: 'none',
    nextStep: 'repeat',
    pollIntervalMs: limits.approvalPollMs,
    approval: approvalId,
    handle,
    expiresAt: isoTime(expiresAt),
    record: recordId,
  };
}

/**
 * The envelope that is proposed for denials (SEP-2643): what kind of no it is, and a handle that means
 * it. Undefined where the no is not about what the caller may do.
 */
export function authorizationOf(
  refusal: Refusal,
  recordId: string | undefined,
): JsonObject | undefined {
  const isDenial = refusal.status === 403 || refusal.status === 401;
  if (!isDenial) return undefined;
  return {
    reason: 'insufficient_authorization',
    ...(recordId === undefined ? {} : { authorizationContextId: recordId }),
  };
}

export function authorizationOfHold({ approval }: HeldOutcome): JsonObject {
  return {
    reason: 'insufficient_authorization',
    authorizationContextId: approval.approvalId,
    remediationHints: [{ type: 'dev.bailiwick/approval', approval: approval.approvalId }],
  };
}
