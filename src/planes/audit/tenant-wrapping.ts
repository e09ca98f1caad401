import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';

/**
 * Under which key the keys of bodies are wrapped: one of their tenant alone. `shared` is the one that earlier
 * versions used for all tenants. INVARIANT: nothing is wrapped under it where tenants have keys, and nothing of a
 * tenant whose key was destroyed is unwrapped by either.
 */
export interface TenantWrapping {
  readonly isOwn: boolean;
  isGone(tenant: string): boolean;
  own(tenant: string): KeyringWrapper;
  shared(tenant: string): KeyringWrapper;
}

export function createTenantWrapping(
  shared: KeyringWrapper,
  tenants: TenantKeys | undefined,
): TenantWrapping {
  return {
    isOwn: tenants !== undefined,
    isGone: (tenant) => tenants?.destroyed(tenant) !== undefined,
    own: (tenant) => tenants?.wrapper(tenant) ?? shared,
    shared(tenant) {
      // It throws where that key was destroyed.
      if (tenants?.destroyed(tenant) !== undefined) tenants.wrapper(tenant);
      return shared;
    },
  };
}
