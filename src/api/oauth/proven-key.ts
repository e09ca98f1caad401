import type { ProvenKey } from '#contracts/key-proofs.ts';
import type { GrantAsked } from './grant.ts';

/** RFC 9449 §5: whoever proves a key gets tokens that are worth nothing without it. */
export function thumbprintOf(asked: GrantAsked): string | undefined {
  return provenKey(asked)?.thumbprint;
}

/** INVARIANT: a proof serves once: it is judged here one time for each request. */
export function provenKey({ parts, headers, origin }: GrantAsked): ProvenKey | undefined {
  if (headers.dpop === undefined) return undefined;
  const url = `${origin}/oauth/token`;
  return parts.oauth.proofs.proveKey({ proof: headers.dpop, method: 'POST', url });
}
