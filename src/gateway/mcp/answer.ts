import type { Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { canonicalBytes, canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Answer } from '../http/protocol.ts';
import { type Asked, askedMethod, complete, isModern, type ServerInfo } from './asked.ts';
import { fitItem, fitResult } from './fit-revision.ts';
import { recordKey, type Method } from './method.ts';
import { capabilitiesOf } from './methods.ts';
import { type OwnMembers, ownMembers } from './own-members.ts';
import { heldAnswer, refusedAnswer } from './refused.ts';
import type { HeldOutcome } from './told.ts';
import { modernRevision, newestLegacy, type Revision, servedRevisions } from './revisions.ts';

export type { Asked, ServerInfo };

type ResultOutcome = Extract<Outcome, { kind: 'result' }>;

/** Turns outcomes into JSON-RPC. It translates; nothing here decides. */
export function createAnswers(info: ServerInfo): (outcome: Outcome, asked: Asked) => Answer {
  const serverInfo: JsonObject = { name: info.name, version: info.version };
  const ownOf = rememberedMembers(serverInfo);
  return (outcome, asked) => {
    switch (outcome.kind) {
      case 'result':
        return ok(resultBytes(fitted(outcome, asked), asked, ownOf(asked), serverInfo));
      case 'listed':
        return reply(asked, listResult(outcome, asked, serverInfo));
      case 'greeted':
        return reply(asked, greeting(asked, serverInfo));
      case 'noticed':
        return asked.id === null ? accepted : reply(asked, {});
      // No method of this front is told in windows: whoever sees this sees a fault of ours.
      case 'streamed':
        return refusedAnswer(
          { ...outcome, kind: 'refused', refusal: refusal('gateway/internal'), effect: 'done' },
          asked,
          serverInfo,
        );
      case 'asks':
        return reply(asked, asks(outcome, asked, serverInfo));
      case 'held':
        return held(outcome, asked, serverInfo);
      case 'refused':
        return refusedAnswer(outcome, asked, serverInfo);
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
  const known = new Map<Revision | undefined, Map<Method | undefined, OwnMembers>>(
    [undefined, ...servedRevisions].map((revision) => [revision, new Map()]),
  );
  return (asked) => {
    const ofRevision = known.get(asked.revision);
    const method = askedMethod(asked);
    let own = ofRevision?.get(method);
    if (own === undefined) {
      own = ownMembers((recordId) => complete(asked, { [recordKey]: recordId }, serverInfo));
      ofRevision?.set(method, own);
    }
    return own;
  };
}

/** What the reader's revision knows of it; mostly that is all of it, and the very same bytes. */
function fitted(outcome: ResultOutcome, asked: Asked): ResultOutcome {
  const { revision } = asked;
  if (revision === undefined) return outcome;
  const list = askedMethod(asked)?.items;
  const items = list === undefined ? undefined : outcome.result[list];
  const result =
    list !== undefined && Array.isArray(items)
      ? { ...outcome.result, [list]: fitItems(revision, list, items.filter(isJsonObject)) }
      : fitResult(revision, outcome.result);
  return result === outcome.result
    ? outcome
    : { ...outcome, result, bytes: canonicalBytes(result) };
}

function fitItems(revision: Revision, list: string, items: readonly JsonObject[]): JsonObject[] {
  return items.map((item) => fitItem(revision, list, item));
}

/**
 * INVARIANT: the released bytes are the ones the record commits to, or less of them where the reader's
 * revision knows less, with our `_meta` beside them.
 */
function resultBytes(
  { result, bytes, recordId }: ResultOutcome,
  asked: Asked,
  own: OwnMembers,
  serverInfo: JsonObject,
): Buffer {
  const frame = `{"id":${canonicalText(asked.id)},"jsonrpc":"2.0","result":`;
  const isOwn = own.names.some((key) => key !== typeKey && Object.hasOwn(result, key));
  const bare = isOwn ? undefined : withoutType(result, bytes);
  if (bare === undefined) {
    const { _meta: meta, resultType: _, ...rest } = result;
    const merged = { ...(meta as JsonObject), [recordKey]: recordId };
    const whole = { ...rest, ...complete(asked, merged, serverInfo) };
    return Buffer.from(`${frame}${canonicalText(whole)}}`);
  }
  const head = `${frame}{${own.text(recordId)}${bare.length > 2 ? ',' : ''}`;
  const headBytes = Buffer.byteLength(head);
  const whole = Buffer.allocUnsafe(headBytes + bare.length);
  whole.write(head);
  // Its first brace stands in the head already; what ends the message comes after its last.
  bare.copy(whole, headBytes, 1);
  whole[whole.length - 1] = closing;
  return whole;
}

const closing = '}'.charCodeAt(0);
const comma = ','.charCodeAt(0);

const typeKey = 'resultType';
/** INVARIANT: as canonical bytes have it; within a text its quotes would be escaped. */
const typeMember = Buffer.from(canonicalText({ [typeKey]: 'complete' }).slice(1, -1));

/**
 * Of a server of our own era, without what each of its results says: we say it for ourselves, where our
 * reader wants it. The bytes are cut, and not written anew. Undefined where that cannot be seen at once.
 */
function withoutType(result: JsonObject, bytes: Buffer): Buffer | undefined {
  if (!Object.hasOwn(result, typeKey)) return bytes;
  const at = bytes.indexOf(typeMember);
  // One that stands deeper looks the same: it is the result's own only where there is no other.
  if (result[typeKey] !== 'complete' || bytes.includes(typeMember, at + 1)) return undefined;
  const end = at + typeMember.length;
  const isAfter = bytes[at - 1] === comma;
  const from = isAfter ? at - 1 : at;
  return Buffer.concat([
    bytes.subarray(0, from),
    bytes.subarray(!isAfter && bytes[end] === comma ? end + 1 : end),
  ]);
}

function listResult(
  outcome: Extract<Outcome, { kind: 'listed' }>,
  asked: Asked,
  serverInfo: JsonObject,
): JsonObject {
  const { items, nextCursor } = outcome.page;
  const list = askedMethod(asked)?.items ?? 'items';
  return {
    [list]: fitItems(asked.revision ?? newestLegacy, list, items),
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...complete(asked, { [recordKey]: outcome.recordId }, serverInfo),
  };
}

/** Only whoever can call again with its replies was asked. */
function asks(
  { requests, state, recordId }: Extract<Outcome, { kind: 'asks' }>,
  asked: Asked,
  serverInfo: JsonObject,
): JsonObject {
  return {
    ...complete(asked, { [recordKey]: recordId }, serverInfo),
    resultType: 'input_required',
    // Nothing new is asked of whoever only waits on.
    ...(Object.keys(requests).length === 0 ? {} : { inputRequests: requests }),
    requestState: state,
  };
}

/** Its user can say it: then they are asked, and whoever calls again with their reply goes on. */
function held(outcome: HeldOutcome, asked: Asked, serverInfo: JsonObject): Answer {
  const { recordId, approval } = outcome;
  if (approval.ask === undefined) return heldAnswer(outcome, asked, serverInfo);
  return reply(asked, asks({ kind: 'asks', recordId, ...approval.ask }, asked, serverInfo));
}

function greeting(asked: Asked, serverInfo: JsonObject): JsonObject {
  if (!isModern(asked)) {
    const protocolVersion = asked.revision ?? newestLegacy;
    return { protocolVersion, capabilities: capabilitiesOf(protocolVersion), serverInfo };
  }
  return {
    ...complete(asked, {}, serverInfo),
    supportedVersions: [...servedRevisions],
    capabilities: capabilitiesOf(modernRevision),
    ttlMs: limits.toolsListTtlMs,
    cacheScope: 'private',
  };
}
