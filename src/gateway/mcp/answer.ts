import type { Outcome } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import type { Answer } from '../http/protocol.ts';
import { ownPrefix } from '../own-keys.ts';
import type { RpcId } from './message.ts';
import { legacyRevision, modernRevision, type Revision, servedRevisions } from './revision.ts';
import { approvalKey } from './methods.ts';

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
  return (outcome, asked) => {
    switch (outcome.kind) {
      case 'result':
        return ok(resultBytes(outcome, asked, serverInfo));
      case 'listed':
        return reply(asked, listResult(outcome, asked, serverInfo));
      case 'greeted':
        return reply(asked, greeting(asked, serverInfo));
      case 'noticed':
        return asked.id === null ? accepted : reply(asked, {});
      case 'held':
        return reply(asked, heldResult(outcome, asked, serverInfo));
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

/** INVARIANT: the released bytes are the ones the record commits to, with our `_meta` beside them. */
function resultBytes(
  outcome: Extract<Outcome, { kind: 'result' }>,
  asked: Asked,
  serverInfo: JsonObject,
): Buffer {
  const { result, bytes, recordId } = outcome;
  const frame = `{"id":${canonicalText(asked.id)},"jsonrpc":"2.0","result":`;
  if (Object.hasOwn(result, '_meta') || Object.hasOwn(result, 'resultType')) {
    const { _meta: meta, resultType: _, ...rest } = result;
    const merged = {
      ...rest,
      ...complete(asked, { ...(meta as JsonObject), [recordKey]: recordId }, serverInfo),
    };
    return Buffer.from(`${frame}${canonicalText(merged)}}`);
  }
  const own = canonicalText(complete(asked, { [recordKey]: recordId }, serverInfo));
  const head = Buffer.from(`${frame}${own.slice(0, -1)}${bytes.length > 2 ? ',' : ''}`);
  return Buffer.concat([head, bytes.subarray(1), closing], head.length + bytes.length);
}

const closing = Buffer.from('}');

/** What each revision wants in every complete result. */
function complete(asked: Asked, meta: JsonObject, serverInfo: JsonObject): JsonObject {
  return asked.revision === modernRevision
    ? { _meta: { ...meta, [serverInfoKey]: serverInfo }, resultType: 'complete' }
    : { _meta: meta };
}

/** A list is filtered for its reader, so nobody else may cache it, nor for longer than a revocation takes. */
function listResult(
  outcome: Extract<Outcome, { kind: 'listed' }>,
  asked: Asked,
  serverInfo: JsonObject,
): JsonObject {
  const { tools, nextCursor } = outcome.page;
  return {
    tools,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...complete(asked, { [recordKey]: outcome.recordId }, serverInfo),
    ...(asked.revision === modernRevision
      ? { ttlMs: limits.toolsListTtlMs, cacheScope: 'private' }
      : {}),
  };
}

function greeting(asked: Asked, serverInfo: JsonObject): JsonObject {
  if (asked.revision === legacyRevision) {
    return { protocolVersion: legacyRevision, capabilities: { tools: {} }, serverInfo };
  }
  return {
    ...complete(asked, {}, serverInfo),
    supportedVersions: [...servedRevisions],
    capabilities: { tools: {} },
    ttlMs: limits.toolsListTtlMs,
    cacheScope: 'private',
  };
}

function heldResult(
  outcome: Extract<Outcome, { kind: 'held' }>,
  asked: Asked,
  serverInfo: JsonObject,
): JsonObject {
  const { handle, approvalId, expiresAt } = outcome.approval;
  const told: JsonObject = {
    code: 'approvals/pending',
    message: 'this call waits for a human',
    suggestedAction: `retry the identical call with \`_meta["${approvalKey}"]\` set to the handle after it was approved`,
    approval: approvalId,
    handle,
    expiresAt: isoTime(expiresAt),
  };
  return errorResult(told, asked, serverInfo, {
    [approvalKey]: { handle, approval: approvalId, expiresAt: isoTime(expiresAt) },
    [refusalKey]: told,
    [recordKey]: outcome.recordId,
  });
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
  if (asked.method === 'tools/call' && asked.id !== null && isForTheModel(refusal)) {
    const meta = {
      [refusalKey]: told,
      ...(recordId === undefined ? {} : { [recordKey]: recordId }),
    };
    const body = errorResult(told, asked, serverInfo, meta);
    return { ...reply(asked, body), refusal };
  }
  const error = { code: rpcCode(refusal), message: refusal.message, data: rpcData(refusal, told) };
  const body = canonicalText({ error, id: asked.id, jsonrpc: '2.0' });
  return { status: httpStatus(refusal), body: Buffer.from(body), refusal };
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
function isForTheModel({ code, status }: Refusal): boolean {
  if (status === 401 || status === 429 || code === 'stop/unconfirmed') return false;
  if (code === 'tools/not-visible') return false;
  const room = code.slice(0, code.indexOf('/'));
  return room !== 'admit' && room !== 'json' && room !== 'gateway';
}

const rpcCodes: Readonly<Partial<Record<Refusal['code'], number>>> = {
  'admit/malformed': -32600,
  'admit/unknown-method': -32601,
  'admit/missing-meta': -32602,
  'admit/header-mismatch': -32020,
  'admit/unsupported-revision': -32022,
  'tools/invalid-cursor': -32602,
  'tools/not-visible': -32602,
  'gateway/internal': -32603,
};

/** Codes of our own are HTTP statuses: outside the range that JSON-RPC and MCP keep for themselves. */
function rpcCode(refusal: Refusal): number {
  if (refusal.code.startsWith('json/')) return -32700;
  return rpcCodes[refusal.code] ?? refusal.status;
}

function rpcData(refusal: Refusal, told: JsonObject): Json {
  return refusal.code === 'admit/unsupported-revision' ? { ...told, ...refusal.details } : told;
}

function httpStatus(refusal: Refusal): number {
  return refusal.code === 'tools/not-visible' ? 200 : refusal.status;
}
