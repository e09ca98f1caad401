import type { TenantKeys } from '#contracts/tenant-keys.ts';

/**
 * Of the digest of arguments, as books and records have it: equal for equal calls, and nothing that a guess could
 * be tried against by whoever reads them. It throws where it cannot be made.
 */
export type KeyedDigest = (tenant: string, sha256: string) => string;

export function keyedDigests(keys: Pick<TenantKeys, 'mac'>): KeyedDigest {
  return (tenant, sha256) => keys.mac(tenant, `arguments\n${sha256}`);
}
