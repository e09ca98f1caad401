import { errorCodes } from '#kernel/error-codes.ts';
import type { Refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import type { Answer } from '../http/protocol.ts';
import { ownPrefix } from '../own-keys.ts';
import { type Asked, askedMethod, complete, isModern } from './asked.ts';
import { approvalKey, recordKey } from './method.ts';
import {
  authorizationOf,
  authorizationOfHold,
  type HeldOutcome,
  type RefusedOutcome,
  toldOfHold,
  toldOfRefusal,
} from './told.ts';

const refusalKey = `${ownPrefix}refusal`;
const authorizationKey = `${ownPrefix}authorization`;

/** A call that waits for a human: a result that a model reads, where the method has such results. */
export function heldAnswer(outcome: HeldOutcome, asked: Asked, serverInfo: JsonObject): Answer {
  const told = toldOfHold(outcome);
  const authorization = authorizationOfHold(outcome);
  if (askedMethod(asked)?.refusesInResult !== true) {
    const data = { ...told, authorization };
    return errorAnswer(asked, 200, { code: errorCodes['approvals/pending'].status, data });
  }
  const { handle, approvalId, expiresAt } = outcome.approval;
  return toolError(told, asked, serverInfo, {
    [approvalKey]: { handle, approval: approvalId, expiresAt: isoTime(expiresAt) },
    [refusalKey]: told,
    [authorizationKey]: authorization,
    [recordKey]: outcome.recordId,
  });
}

export function refusedAnswer(
  outcome: RefusedOutcome,
  asked: Asked,
  serverInfo: JsonObject,
): Answer {
  const { refusal, recordId } = outcome;
  const told = toldOfRefusal(outcome);
  const authorization = authorizationOf(refusal, recordId);
  const inResult = askedMethod(asked)?.refusesInResult === true && asked.id !== null;
  if (inResult && isForTheModel(refusal, asked)) {
    const answer = toolError(told, asked, serverInfo, {
      [refusalKey]: told,
      ...(authorization === undefined ? {} : { [authorizationKey]: authorization }),
      ...(recordId === undefined ? {} : { [recordKey]: recordId }),
    });
    return { ...answer, refusal };
  }
  const data = {
    ...told,
    ...(spelledOut.has(refusal.code) ? refusal.details : {}),
    ...(isNowhere(refusal) && asked.uri !== undefined ? { uri: asked.uri } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const status = httpStatus(refusal, asked);
  if (status === 202) return { status, body: undefined, refusal };
  const code = rpcCode(refusal, asked);
  return { ...errorAnswer(asked, status, { code, data }), refusal };
}

function toolError(
  told: JsonObject,
  asked: Asked,
  serverInfo: JsonObject,
  meta: JsonObject,
): Answer {
  const result = {
    content: [{ type: 'text', text: canonicalText(told) }],
    isError: true,
    ...complete(asked, meta, serverInfo),
  };
  const body = Buffer.from(canonicalText({ id: asked.id, jsonrpc: '2.0', result }));
  return { status: 200, body, refusal: undefined };
}

function errorAnswer(
  asked: Asked,
  status: number,
  { code, data }: { readonly code: number; readonly data: JsonObject },
): Answer {
  const error = { code, message: data['message'] ?? '', data };
  // Revisions with a handshake have no error without an id; whoever sent none reads the status.
  const body = Buffer.from(canonicalText({ error, id: asked.id, jsonrpc: '2.0' }));
  return { status, body, refusal: undefined };
}

/**
 * Refusals that a model can read and act on are tool results; the rest are errors of the protocol. With
 * a handshake, whatever ends a request in an HTTP status ends the session of some clients with it.
 */
function isForTheModel(refusal: Refusal, asked: Asked): boolean {
  const { code, status } = refusal;
  if (status === 401 || isNowhere(refusal) || isForTheClient.has(code)) return false;
  if (status === 429) return true;
  if (status === 503 && !isModern(asked)) return true;
  if (code === 'stop/unconfirmed') return false;
  const room = code.slice(0, code.indexOf('/'));
  return room !== 'admit' && room !== 'json' && room !== 'gateway';
}

/** Their details stand where the protocol says. */
const spelledOut: ReadonlySet<Refusal['code']> = new Set([
  'admit/unsupported-revision',
  'tools/needs-capability',
]);

/** Of how a client speaks: no model can mend it. */
const isForTheClient: ReadonlySet<Refusal['code']> = new Set([
  'tools/unknown-state',
  'tools/needs-capability',
]);

/** Hidden, or not there at all: the same answer, and a fault of the params in the protocol's words. */
function isNowhere({ code }: Refusal): boolean {
  return code === 'tools/not-visible' || code === 'offers/not-visible';
}

const rpcCodes: Readonly<Partial<Record<Refusal['code'], number>>> = {
  'admit/malformed': -32600,
  'admit/unknown-method': -32601,
  'admit/missing-meta': -32602,
  'admit/header-mismatch': -32020,
  'admit/unsupported-revision': -32022,
  'tools/invalid-cursor': -32602,
  'tools/unknown-state': -32602,
  'tools/needs-capability': -32021,
  'gateway/internal': -32603,
};

/** Codes of our own are HTTP statuses: outside the range that JSON-RPC and MCP keep for themselves. */
function rpcCode(refusal: Refusal, asked: Asked): number {
  if (isNowhere(refusal)) return askedMethod(asked)?.notFound ?? -32602;
  if (refusal.code.startsWith('json/')) return -32700;
  return rpcCodes[refusal.code] ?? refusal.status;
}

/** Of who may and how much, not of what was sent. */
const isOfTheMoment: ReadonlySet<number> = new Set([403, 429, 503]);

/**
 * In a revision with a handshake, what is wrong with one request is said to that request alone: 401
 * asks for a proof, 404 says that a session is gone, and every other status would be taken for that.
 * Such a notice is accepted and left: whoever sent it waits for nothing, and its record says that it was
 * refused. In the newest revision a status tells what is wrong with the request itself, and with nothing
 * that it asks for.
 */
function httpStatus(refusal: Refusal, asked: Asked): number {
  if (isNowhere(refusal)) return 200;
  // The one status by which a client knows that it must begin anew.
  if (refusal.code === 'admit/unknown-session') return 404;
  const { revision, id } = asked;
  const { status } = refusal;
  if (revision === undefined || status === 401) return status;
  if (!isModern(asked)) return id !== null ? 200 : isOfTheMoment.has(status) ? 202 : status;
  return id !== null && status !== 429 && isForTheModel(refusal, asked) ? 200 : status;
}
