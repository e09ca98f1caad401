import { sha256Hex } from '#kernel/digest.ts';
import type { ClaimMark } from '#kernel/principal.ts';
import type { TenantKeys } from './tenant-keys.ts';

/**
 * What records say of claims (`name=value`) that a provider made of a user: the name, and of the whole a keyed
 * digest. INVARIANT: who reads the log can try no guesses; whoever has the tenant's key tells whether it was this one.
 */
export type MarkClaims = (tenant: string, claims: readonly string[]) => readonly ClaimMark[];

/** Longer names are told by their beginning. */
const longestName = 128;

export function claimMarks(keys: Pick<TenantKeys, 'mac'>): MarkClaims {
  return (tenant, claims) => {
    if (claims.length === 0) return [];
    // Asked for once: the key of a tenant is read anew each time, and kept nowhere. It has one length, and what is told
    // is half a digest: nobody can write on behind it.
    const key = keys.mac(tenant, 'claims of users');
    return claims.map((claim) => ({
      name: nameOf(claim).slice(0, longestName),
      digest: sha256Hex(`${key}\n${claim}`).slice(0, 32),
    }));
  };
}

function nameOf(claim: string): string {
  const end = claim.indexOf('=');
  return end < 0 ? claim : claim.slice(0, end);
}
