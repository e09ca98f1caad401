import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { clientInfo, legacyRevision, modernMeta } from './revisions.ts';

export type Era = 'modern' | 'legacy';

const modernMetaText = canonicalText(modernMeta);

export interface CallParts {
  readonly id: number;
  readonly era: Era;
  readonly tool: string;
  /** INVARIANT: spliced in unchanged. These are the bytes that were judged and recorded. */
  readonly argumentBytes: Buffer;
  readonly trace: string | undefined;
}

export function callBytes({ id, era, tool, argumentBytes, trace }: CallParts): Buffer {
  const head = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":${canonicalText(tool)},"arguments":`;
  const meta = metaText(era, trace);
  const tail = meta === '' ? '}}' : `,"_meta":${meta}}}`;
  const bytes = Buffer.allocUnsafe(
    Buffer.byteLength(head) + argumentBytes.length + Buffer.byteLength(tail),
  );
  let at = bytes.write(head, 0);
  at += argumentBytes.copy(bytes, at);
  bytes.write(tail, at);
  return bytes;
}

function metaText(era: Era, trace: string | undefined): string {
  const traced = trace === undefined ? {} : { traceparent: trace };
  if (era === 'modern') {
    return trace === undefined ? modernMetaText : canonicalText({ ...modernMeta, ...traced });
  }
  return trace === undefined ? '' : canonicalText(traced);
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

export function initializeBytes(id: number): Buffer {
  return requestBytes({
    id,
    era: 'legacy',
    method: 'initialize',
    params: { protocolVersion: legacyRevision, capabilities: {}, clientInfo },
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

/** We offer no capability: a ping is answered, everything else is not served. */
export function replyBytes(id: string | number, method: string): Buffer {
  return Buffer.from(
    canonicalText(
      method === 'ping'
        ? { jsonrpc: '2.0', id, result: {} }
        : { jsonrpc: '2.0', id, error: { code: -32601, message: 'method not served' } },
    ),
  );
}
