import type { IncomingMessage } from 'node:http';
import { BailiwickError } from '#kernel/errors.ts';

/** Where two would leave it open which one counts. */
const once = new Set([
  'authorization',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'origin',
  'transfer-encoding',
]);

/**
 * INVARIANT: what says who asks, from where, and how long the body is, is said once. Somebody in
 * front of us may have read the other one.
 */
export function checkHead({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): void {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (once.has(name) && seen.has(name)) throw new BailiwickError('admit/duplicate-header');
    seen.add(name);
  }
  if (seen.has('content-length') && seen.has('transfer-encoding')) {
    throw new BailiwickError('admit/duplicate-header', {
      message: 'the length of the body is said twice',
      suggestedAction: 'send `content-length` or `transfer-encoding`, not both',
    });
  }
}
