import { randomBytes } from 'node:crypto';
import type { Outbound } from '#contracts/outbound.ts';
import { encodeTimestampRequest, mostTimestampBytes, openTimestamp } from '#tlog/anchors/index.ts';
import type { AnchorPlace } from './anchor-policy.ts';

/** What came of asking one place to note some bytes. */
export type AnchorWord =
  | { readonly kind: 'noted'; readonly at: number; readonly bytes: Uint8Array }
  /** It answered, and what it says is not what it was asked for. */
  | { readonly kind: 'wrong'; readonly why: string }
  /** Nothing came over the wire. */
  | { readonly kind: 'away'; readonly why: string };

const answerMs = 20_000;

/** INVARIANT: never rejects, and what counts as noted was verified, against what is pinned. */
export async function askAnchor(
  place: AnchorPlace,
  message: Uint8Array,
  outbound: Outbound,
): Promise<AnchorWord> {
  const nonce = randomBytes(8);
  const ask = { message, nonce, policy: place.policy };
  try {
    const { status, body } = await outbound.fetch({
      url: place.url,
      method: 'POST',
      headers: {
        'content-type': 'application/timestamp-query',
        accept: 'application/timestamp-reply',
      },
      body: encodeTimestampRequest(ask),
      maxBytes: mostTimestampBytes,
      timeoutMs: answerMs,
    });
    if (status !== 200) return { kind: 'away', why: `it answered ${status}` };
    return judge(place, body, ask);
  } catch (fault) {
    return { kind: 'away', why: messageOf(fault) };
  }
}

function judge(
  { trust }: AnchorPlace,
  bytes: Buffer,
  ask: Parameters<typeof openTimestamp>[1],
): AnchorWord {
  try {
    const { at, isTrusted } = openTimestamp(bytes, ask, trust);
    if (isTrusted) return { kind: 'noted', at, bytes };
    return { kind: 'wrong', why: 'its certificate leads to no root that is pinned' };
  } catch (fault) {
    return { kind: 'wrong', why: messageOf(fault) };
  }
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : 'fault';
}
