import type { Action, Call, Envelope } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Incoming } from './message.ts';
import { methods, type Read } from './methods.ts';
import type { Revision } from './revision.ts';

/** What is known of a request before its body was read. */
export type Received = Pick<
  Envelope,
  'tenant' | 'source' | 'connection' | 'presented' | 'receivedAt' | 'signal' | 'onIdentified'
>;

type Message = Exclude<Incoming, { kind: 'bad' }>;

/** What is known of a message once it was read, whatever became of it. */
export type Known = Pick<Envelope, 'method' | 'revision' | 'receivedBytes'>;

const nothingKnown: Known = { method: '', revision: '', receivedBytes: 0 };

/** A request becomes a call, or a call of kind `refused`: nothing leaves without its record. */
export function toCall(
  received: Received,
  message: Message,
  revision: Revision,
  bytes: number,
): Call {
  const known = { method: message.method, revision, receivedBytes: bytes };
  const served = methods[revision];
  const method = Object.hasOwn(served, message.method) ? served[message.method] : undefined;
  const isNotification = message.method.startsWith('notifications/');
  if (method === undefined || (message.kind === 'notification') !== isNotification) {
    return refusedCall(received, unknownMethod(message.method), known);
  }
  const read = method(message.params);
  return isRefusal(read) ? refusedCall(received, read, known) : callOf(received, known, read);
}

export function refusedCall(
  received: Received,
  reason: Refusal | undefined,
  known: Known = nothingKnown,
): Call {
  const action: Action = { kind: 'refused', reason: reason ?? refusal('admit/malformed') };
  return callOf(received, known, { action });
}

function callOf(received: Received, known: Known, read: Read): Call {
  return {
    id: newId(received.receivedAt),
    front: 'mcp',
    method: known.method,
    revision: known.revision,
    tenant: received.tenant,
    source: received.source,
    connection: received.connection,
    receivedAt: received.receivedAt,
    receivedBytes: known.receivedBytes,
    presented: received.presented,
    approvalHandle: read.approvalHandle,
    trace: read.trace,
    onIdentified: received.onIdentified,
    signal: received.signal,
    action: read.action,
  };
}

function unknownMethod(method: string): Refusal {
  return refusal('admit/unknown-method', {
    message: `method \`${method.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')}\` is not served`,
  });
}
