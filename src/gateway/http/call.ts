import type { Call, Envelope } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Traced } from '#kernel/trace.ts';
import type { Reading } from './protocol.ts';

/** What is known of a request before its body was read. */
export type Received = Pick<
  Envelope,
  'front' | 'tenant' | 'source' | 'connection' | 'presented' | 'receivedAt' | 'signal'
> & {
  /** What the headers say of its trace; a front may read more of it in the body. */
  readonly traced: Traced;
};

type Words = Omit<
  Reading,
  'answer' | 'stream' | 'live' | 'also' | 'onEnded' | 'signal' | 'outlives'
>;

/** INVARIANT: who presented what is put here, never by a front. */
export function callOf(received: Received, asked: Words, receivedBytes: number): Call {
  const { trace, traceIgnored } = asked.traced ?? received.traced;
  return {
    id: newId(received.receivedAt),
    front: received.front,
    method: asked.method,
    revision: asked.revision,
    tenant: received.tenant,
    source: received.source,
    connection: received.connection,
    receivedAt: received.receivedAt,
    receivedBytes,
    presented: received.presented,
    approvalHandle: asked.approvalHandle,
    words: asked.words,
    userReply: asked.userReply,
    pageReply: asked.pageReply,
    heldBy: asked.heldBy,
    trace,
    traceIgnored,
    talk: asked.talk,
    onIdentified: asked.onIdentified,
    onLent: asked.onLent,
    signal: received.signal,
    action: asked.action,
  };
}

/** Nothing leaves without its record: what is refused before it is read walks the path as well. */
export function refusedCall(received: Received, reason: Refusal | undefined): Call {
  const action = { kind: 'refused', reason: reason ?? refusal('admit/malformed') } as const;
  return callOf(received, { method: '', revision: '', action }, 0);
}
