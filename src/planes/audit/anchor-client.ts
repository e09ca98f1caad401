import { randomBytes } from 'node:crypto';
import type { Outbound, OutboundAsk } from '#contracts/outbound.ts';
import {
  encodeRekorRequest,
  encodeTimestampRequest,
  mostRekorBytes,
  mostTimestampBytes,
  openRekorEntry,
  openTimestamp,
} from '#tlog/anchors/index.ts';
import type { AnchorPlace, RekorPlace, TimestampPlace } from './anchor-policy.ts';

/** What came of asking one place to note some bytes. */
export type AnchorWord =
  /** `at` where the place says a time. */
  | { readonly kind: 'noted'; readonly at: number | undefined; readonly bytes: Uint8Array }
  /** It answered, and what it says is not what it was asked for. */
  | { readonly kind: 'wrong'; readonly why: string }
  /** Nothing came over the wire. */
  | { readonly kind: 'away'; readonly why: string };

const answerMs = 20_000;

/** One question to one place: what is sent, and what must hold of the answer. */
interface Question extends Pick<OutboundAsk, 'url' | 'headers' | 'body' | 'maxBytes'> {
  readonly open: (bytes: Uint8Array) => { readonly isTrusted: boolean; readonly at?: number };
}

/** INVARIANT: never rejects, and what counts as noted was verified, against what is pinned. */
export async function askAnchor(
  place: AnchorPlace,
  message: Uint8Array,
  outbound: Outbound,
): Promise<AnchorWord> {
  const { open, ...asked } = questionOf(place, message);
  try {
    const answer = await outbound.fetch({ ...asked, method: 'POST', timeoutMs: answerMs });
    const { status, body } = answer;
    if (status !== 200 && status !== 201) return { kind: 'away', why: `it answered ${status}` };
    return judge(body, open);
  } catch (fault) {
    return { kind: 'away', why: messageOf(fault) };
  }
}

function questionOf(place: AnchorPlace, message: Uint8Array): Question {
  switch (place.kind) {
    case 'timestamp':
      return timestampQuestion(place, message);
    case 'rekor':
      return rekorQuestion(place, message);
  }
}

function timestampQuestion({ url, trust, policy }: TimestampPlace, message: Uint8Array): Question {
  const ask = { message, nonce: randomBytes(8), policy };
  return {
    url,
    headers: {
      'content-type': 'application/timestamp-query',
      accept: 'application/timestamp-reply',
    },
    body: encodeTimestampRequest(ask),
    maxBytes: mostTimestampBytes,
    open: (bytes) => openTimestamp(bytes, ask, trust),
  };
}

function rekorQuestion({ url, log }: RekorPlace, message: Uint8Array): Question {
  return {
    url: `${url.replace(/\/+$/u, '')}/api/v2/log/entries`,
    headers: { 'content-type': 'application/json' },
    body: encodeRekorRequest(message),
    maxBytes: mostRekorBytes,
    open: (bytes) => openRekorEntry(bytes, message, [log]),
  };
}

function judge(bytes: Buffer, open: Question['open']): AnchorWord {
  try {
    const { at, isTrusted } = open(bytes);
    if (isTrusted) return { kind: 'noted', at, bytes };
    return { kind: 'wrong', why: 'it is signed by nobody that is pinned' };
  } catch (fault) {
    return { kind: 'wrong', why: messageOf(fault) };
  }
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : 'fault';
}
