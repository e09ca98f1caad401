import type { GrantAsked } from './grant.ts';

/** RFC 9449 §5: whoever proves a key gets tokens that are worth nothing without it. */
export function thumbprintOf({ parts, headers, origin }: GrantAsked): string | undefined {
  if (headers.dpop === undefined) return undefined;
  const url = `${origin}/oauth/token`;
  return parts.oauth.proofs.proveKey({ proof: headers.dpop, method: 'POST', url });
}
