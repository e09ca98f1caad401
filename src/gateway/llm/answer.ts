import type { Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import type { Answer } from '../http/protocol.ts';
import { usageOf } from './usage.ts';

/** Turns outcomes into the shapes of the API. It translates; nothing here decides. */
export function answerTo(outcome: Outcome, model = ''): Answer {
  switch (outcome.kind) {
    case 'result':
      return reply(200, completionOf(outcome.result, model));
    case 'listed':
      return reply(200, { object: 'list', data: outcome.page.items.map(listedModel) });
    case 'held':
      return reply(403, heldError(outcome), noRetry);
    case 'refused':
      return {
        ...reply(httpStatus(outcome.refusal), refusedError(outcome), retryHeaders(outcome)),
        refusal: outcome.refusal,
      };
    // No action of this front ends so: whoever sees this sees a fault of ours.
    case 'asks':
    case 'streamed':
    case 'greeted':
    case 'noticed': {
      const { recordId } = outcome;
      const fault = { recordId, refusal: refusal('gateway/internal'), effect: 'done' } as const;
      return answerTo({ kind: 'refused', ...fault });
    }
  }
}

function reply(status: number, body: JsonObject, headers: readonly string[] = []): Answer {
  return { status, body: Buffer.from(canonicalText(body)), refusal: undefined, headers };
}

/** Clients of this API repeat what failed by themselves; what may have been done is not repeated. */
const noRetry = ['x-should-retry', 'false'];

function retryHeaders({ refusal, effect }: Extract<Outcome, { kind: 'refused' }>): string[] {
  const isWorthIt = effect === 'none' && (refusal.status === 429 || refusal.status === 503);
  return isWorthIt ? ['x-should-retry', 'true'] : [...noRetry];
}

function completionOf({ completion, usage }: JsonObject, model: string): JsonObject {
  const whole = { ...(isJsonObject(completion) ? completion : {}), model };
  const counted = isJsonObject(usage) ? usageOf(usage) : undefined;
  return counted === undefined ? whole : { ...whole, usage: counted };
}

function listedModel({ name, provider }: JsonObject): JsonObject {
  return { id: name ?? '', object: 'model', created: 0, owned_by: provider ?? '' };
}

/** TOL-05: code, message and suggested action, in the place where clients of this API look. */
export function refusedError(outcome: Extract<Outcome, { kind: 'refused' }>): JsonObject {
  const { refusal, recordId, effect } = outcome;
  const { details } = refusal;
  return {
    error: {
      code: refusal.code,
      message: refusal.message,
      type: typeOf(refusal),
      param: paramOf(details),
      suggested_action: refusal.suggestedAction,
      effect,
      ...(details === undefined ? {} : { details }),
      ...(recordId === undefined ? {} : { record: recordId }),
    },
  };
}

export function heldError({ approval, recordId }: Extract<Outcome, { kind: 'held' }>): JsonObject {
  return {
    error: {
      code: 'approvals/pending',
      message: 'this call waits for a human',
      type: 'approval_pending',
      param: null,
      suggested_action:
        'retry the identical call with the header `bailiwick-approval` set to the handle after it was approved',
      effect: 'none',
      approval: approval.approvalId,
      handle: approval.handle,
      expires_at: isoTime(approval.expiresAt),
      record: recordId,
    },
  };
}

function paramOf(details: JsonObject | undefined): Json {
  const member = details?.['member'];
  return typeof member === 'string' ? member : null;
}

/** A status below 300 would be read as an answer, and 499 is a word of servers among themselves. */
function httpStatus({ status }: Refusal): number {
  if (status < 300) return 403;
  return status === 499 ? 408 : status;
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

function typeOf({ status }: Refusal): string {
  return types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
}
