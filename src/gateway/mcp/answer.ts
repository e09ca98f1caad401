import type { Outcome } from '#kernel/call.ts';
import { errorCodes } from '#kernel/error-codes.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import type { Answer } from '../http/protocol.ts';
import { ownPrefix } from '../own-keys.ts';
import type { RpcId } from './message.ts';
import { approvalKey, type Method } from './method.ts';
import { capabilitiesOf, methodOf } from './methods.ts';
import { type OwnMembers, ownMembers } from './own-members.ts';
import { legacyRevision, modernRevision, type Revision, servedRevisions } from './revisions.ts';

const recordKey = `${ownPrefix}record`;
const refusalKey = `${ownPrefix}refusal`;
const serverInfoKey = 'io.modelcontextprotocol/serverInfo';

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
}

export interface Asked {
  readonly id: RpcId | null;
  readonly method: string;
  readonly revision: Revision;
}

/** Turns outcomes into JSON-RPC. It translates; nothing here decides. */
export function createAnswers(info: ServerInfo): (outcome: Outcome, asked: Asked) => Answer {
  const serverInfo: JsonObject = { name: info.name, version: info.version };
  const ownOf = rememberedMembers(serverInfo);
  return (outcome, asked) => {
    switch (outcome.kind) {
      case 'result':
        return ok(resultBytes(outcome, asked, ownOf(asked), serverInfo));
      case 'listed':
        return reply(asked, listResult(outcome, asked, serverInfo));
      case 'greeted':
        return reply(asked, greeting(asked, serverInfo));
      case 'noticed':
        return asked.id === null ? accepted : reply(asked, {});
      // No method of this front is told in windows: whoever sees this sees a fault of ours.
      case 'streamed':
        return refused(
          { ...outcome, kind: 'refused', refusal: refusal('gateway/internal'), effect: 'done' },
          asked,
          serverInfo,
        );
      case 'held':
        return held(outcome, asked, serverInfo);
      case 'refused':
        return refused(outcome, asked, serverInfo);
    }
  };
}

const accepted: Answer = { status: 202, body: undefined, refusal: undefined };

function ok(body: Buffer): Answer {
  return { status: 200, body, refusal: undefined };
}

function reply(asked: Asked, result: JsonObject): Answer {
  return ok(Buffer.from(canonicalText({ id: asked.id, jsonrpc: '2.0', result })));
}

/** By revision and method, of which there are so many as are served. */
function rememberedMembers(serverInfo: JsonObject): (asked: Asked) => OwnMembers {
  const known = {
    [modernRevision]: new Map<Method | undefined, OwnMembers>(),
    [legacyRevision]: new Map<Method | undefined, OwnMembers>(),
  };
  return (asked) => {
    const ofRevision = known[asked.revision];
    const method = askedMethod(asked);
    let own = ofRevision.get(method);
    if (own === undefined) {
      own = ownMembers((recordId) => complete(asked, { [recordKey]: recordId }, serverInfo));
      ofRevision.set(method, own);
    }
    return own;
  };
}

/** INVARIANT: the released bytes are the ones the record commits to, with our `_meta` beside them. */
function resultBytes(
  { result, bytes, recordId }: Extract<Outcome, { kind: 'result' }>,
  asked: Asked,
  own: OwnMembers,
  serverInfo: JsonObject,
): Buffer {
  const frame = `{"id":${canonicalText(asked.id)},"jsonrpc":"2.0","result":`;
  if (Object.hasOwn(result, 'resultType') || own.names.some((key) => Object.hasOwn(result, key))) {
    const { _meta: meta, resultType: _, ...rest } = result;
    const merged = { ...(meta as JsonObject), [recordKey]: recordId };
    const whole = { ...rest, ...complete(asked, merged, serverInfo) };
    return Buffer.from(`${frame}${canonicalText(whole)}}`);
  }
  const head = `${frame}{${own.text(recordId)}${bytes.length > 2 ? ',' : ''}`;
  const headBytes = Buffer.byteLength(head);
  const whole = Buffer.allocUnsafe(headBytes + bytes.length);
  whole.write(head);
  // Its first brace stands in the head already; what ends the message comes after its last.
  bytes.copy(whole, headBytes, 1);
  whole[whole.length - 1] = closing;
  return whole;
}

const closing = '}'.charCodeAt(0);

/** What each revision wants in every complete result. */
function complete(asked: Asked, meta: JsonObject, serverInfo: JsonObject): JsonObject {
  if (asked.revision !== modernRevision) return { _meta: meta };
  return {
    _meta: { ...meta, [serverInfoKey]: serverInfo },
    resultType: 'complete',
    ...kept(askedMethod(asked)),
  };
}

function askedMethod({ method, revision }: Asked): Method | undefined {
  return methodOf(revision, method);
}

/** What is told is for its reader, so nobody else may keep it, nor for longer than a revocation takes. */
function kept(method: Method | undefined): JsonObject {
  return method?.ttlMs === undefined ? {} : { ttlMs: method.ttlMs, cacheScope: 'private' };
}

function listResult(
  outcome: Extract<Outcome, { kind: 'listed' }>,
  asked: Asked,
  serverInfo: JsonObject,
): JsonObject {
  const { items, nextCursor } = outcome.page;
  return {
    [askedMethod(asked)?.items ?? 'items']: items,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...complete(asked, { [recordKey]: outcome.recordId }, serverInfo),
  };
}

function greeting(asked: Asked, serverInfo: JsonObject): JsonObject {
  if (asked.revision === legacyRevision) {
    return {
      protocolVersion: legacyRevision,
      capabilities: capabilitiesOf(legacyRevision),
      serverInfo,
    };
  }
  return {
    ...complete(asked, {}, serverInfo),
    supportedVersions: [...servedRevisions],
    capabilities: capabilitiesOf(modernRevision),
    ttlMs: limits.toolsListTtlMs,
    cacheScope: 'private',
  };
}

function held(
  outcome: Extract<Outcome, { kind: 'held' }>,
  asked: Asked,
  serverInfo: JsonObject,
): Answer {
  const { handle, approvalId, expiresAt } = outcome.approval;
  const told: JsonObject = {
    code: 'approvals/pending',
    message: 'this call waits for a human',
    suggestedAction: `retry the identical call with \`_meta["${approvalKey}"]\` set to the handle after it was approved`,
    approval: approvalId,
    handle,
    expiresAt: isoTime(expiresAt),
  };
  if (askedMethod(asked)?.refusesInResult !== true) {
    const data = { ...told, record: outcome.recordId };
    return ok(errorBody(asked, { code: errorCodes['approvals/pending'].status, data }));
  }
  const body = errorResult(told, asked, serverInfo, {
    [approvalKey]: { handle, approval: approvalId, expiresAt: isoTime(expiresAt) },
    [refusalKey]: told,
    [recordKey]: outcome.recordId,
  });
  return reply(asked, body);
}

function errorBody(
  asked: Asked,
  { code, data }: { readonly code: number; readonly data: JsonObject },
): Buffer {
  const error = { code, message: data['message'] ?? '', data };
  return Buffer.from(canonicalText({ error, id: asked.id, jsonrpc: '2.0' }));
}

function refused(
  outcome: Extract<Outcome, { kind: 'refused' }>,
  asked: Asked,
  serverInfo: JsonObject,
): Answer {
  const { refusal, recordId, effect } = outcome;
  const told: JsonObject = {
    code: refusal.code,
    message: refusal.message,
    suggestedAction: refusal.suggestedAction,
    effect,
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
    ...(recordId === undefined ? {} : { record: recordId }),
  };
  const inResult = askedMethod(asked)?.refusesInResult === true && asked.id !== null;
  if (inResult && isForTheModel(refusal)) {
    const meta = {
      [refusalKey]: told,
      ...(recordId === undefined ? {} : { [recordKey]: recordId }),
    };
    const body = errorResult(told, asked, serverInfo, meta);
    return { ...reply(asked, body), refusal };
  }
  const data = rpcData(refusal, told);
  const body = errorBody(asked, { code: rpcCode(refusal, asked), data });
  return { status: httpStatus(refusal), body, refusal };
}

function errorResult(
  told: JsonObject,
  asked: Asked,
  serverInfo: JsonObject,
  meta: JsonObject,
): JsonObject {
  return {
    content: [{ type: 'text', text: canonicalText(told) }],
    isError: true,
    ...complete(asked, meta, serverInfo),
  };
}

/** Refusals that a model can read and act on are tool results; the rest are errors of the protocol. */
function isForTheModel(refusal: Refusal): boolean {
  const { code, status } = refusal;
  if (status === 401 || status === 429 || code === 'stop/unconfirmed') return false;
  if (isNowhere(refusal)) return false;
  const room = code.slice(0, code.indexOf('/'));
  return room !== 'admit' && room !== 'json' && room !== 'gateway';
}

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
  'gateway/internal': -32603,
};

/** Codes of our own are HTTP statuses: outside the range that JSON-RPC and MCP keep for themselves. */
function rpcCode(refusal: Refusal, asked: Asked): number {
  if (isNowhere(refusal)) return askedMethod(asked)?.notFound ?? -32602;
  if (refusal.code.startsWith('json/')) return -32700;
  return rpcCodes[refusal.code] ?? refusal.status;
}

function rpcData(refusal: Refusal, told: JsonObject): JsonObject {
  return refusal.code === 'admit/unsupported-revision' ? { ...told, ...refusal.details } : told;
}

function httpStatus(refusal: Refusal): number {
  return isNowhere(refusal) ? 200 : refusal.status;
}
