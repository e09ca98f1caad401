import type { Hearing } from '#contracts/tool-server.ts';
import type { Reply } from '#kernel/call.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { clientInfo, legacyRevision, metaPrefix, modernMeta } from './revisions.ts';

export type Era = 'modern' | 'legacy';

const modernMetaText = canonicalText(modernMeta);

export interface JudgedParts {
  readonly id: number;
  readonly era: Era;
  readonly method: string;
  /**
   * Canonical bytes of an object without `_meta`. INVARIANT: spliced in unchanged but for its last
   * brace, which comes after our `_meta`. These are the bytes that were judged and recorded.
   */
  readonly params: Buffer;
  readonly trace: string | undefined;
  readonly hearing?: Hearing | undefined;
}

const emptyObjectBytes = 2;

export function judgedBytes({ id, era, method, params, trace, hearing }: JudgedParts): Buffer {
  const head = `{"jsonrpc":"2.0","id":${id},"method":${canonicalText(method)},"params":`;
  const meta = hearing === undefined ? metaText(era, trace) : heardMeta(id, era, trace, hearing);
  const comma = params.length > emptyObjectBytes ? ',' : '';
  const tail = meta === '' ? '}}' : `${comma}"_meta":${meta}}}`;
  const open = params.length - 1;
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(head) + open + Buffer.byteLength(tail));
  let at = bytes.write(head, 0);
  at += params.copy(bytes, at, 0, open);
  bytes.write(tail, at);
  return bytes;
}

function metaText(era: Era, trace: string | undefined): string {
  if (trace === undefined) return era === 'modern' ? modernMetaText : '';
  // The name comes after all of `modernMeta`, and a `traceparent` has nothing to escape.
  const traced = `"traceparent":"${trace}"}`;
  return era === 'modern' ? `${modernMetaText.slice(0, -1)},${traced}` : `{${traced}`;
}

/** What the server may say and ask before its answer; a progress names the request by its own id. */
function heardMeta(
  id: number,
  era: Era,
  trace: string | undefined,
  { progress, log, capabilities }: Hearing,
): string {
  const said: JsonObject = {
    ...(trace === undefined ? {} : { traceparent: trace }),
    ...(progress ? { progressToken: id } : {}),
  };
  if (era === 'legacy') return Object.keys(said).length === 0 ? '' : canonicalText(said);
  const level = log === undefined ? {} : { [`${metaPrefix}logLevel`]: log };
  return canonicalText({
    ...modernMeta,
    [`${metaPrefix}clientCapabilities`]: capabilities,
    ...level,
    ...said,
  });
}

export function requestBytes(parts: {
  readonly id: number;
  readonly era: Era;
  readonly method: string;
  readonly params: JsonObject;
}): Buffer {
  const { id, era, method, params } = parts;
  const whole = era === 'modern' ? { ...params, _meta: modernMeta } : params;
  return Buffer.from(canonicalText({ jsonrpc: '2.0', id, method, params: { ...whole } }));
}

export function initializeBytes(id: number, capabilities: JsonObject): Buffer {
  return requestBytes({
    id,
    era: 'legacy',
    method: 'initialize',
    params: { protocolVersion: legacyRevision, capabilities, clientInfo },
  });
}

export function notificationBytes(method: string, params?: JsonObject): Buffer {
  return Buffer.from(
    canonicalText({
      jsonrpc: '2.0',
      method,
      ...(params === undefined ? {} : { params: { ...params } }),
    }),
  );
}

export function cancelledBytes(id: number, reason: string): Buffer {
  return notificationBytes('notifications/cancelled', { requestId: id, reason });
}

/** To what nobody may be asked: a ping is answered, everything else is not served. */
export function replyBytes(id: string | number, method: string): Buffer {
  return replyToAsk(id, method === 'ping' ? { kind: 'result', result: {} } : notServed);
}

const notServed: Reply = { kind: 'error', code: -32601, message: 'method not served' };

export function replyToAsk(id: string | number, reply: Reply): Buffer {
  const said: JsonObject =
    reply.kind === 'result'
      ? { result: reply.result }
      : { error: { code: reply.code, message: reply.message } };
  return Buffer.from(canonicalText({ jsonrpc: '2.0', id, ...said }));
}
