import { BailiwickError } from '#kernel/errors.ts';
import type { WebAsked } from './web-route.ts';

/**
 * A form that changes something was sent by a page of ours. INVARIANT: `Origin` must be there and ours; a
 * browser sends it with every form, and says `null` where it hides it.
 */
export function checkOwnForm({ headers, origin }: Pick<WebAsked, 'headers' | 'origin'>): void {
  const site = headers['sec-fetch-site'];
  if (headers.origin === origin && (site === undefined || site === 'same-origin')) return;
  throw new BailiwickError('oauth/forged-form');
}
