import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';

/** Before what is wrapped under the key of its tenant; base64 has no colon. */
const own = 'tenant:';

/** How long what was unwrapped may be used before it is asked again whether its tenant still has a key. */
const trustMs = 1_000;

/**
 * Under which key the data keys of secrets are wrapped: one of their tenant alone. The shared one is that of earlier
 * versions. INVARIANT: nothing is wrapped under it where tenants have keys, and a moment after the key of a tenant was
 * destroyed nothing of it opens, by either and from no memory.
 */
export interface SecretKeys {
  isOwn(wrapped: string): boolean;
  wrap(tenant: string, key: Uint8Array, context: string): string;
  unwrap(tenant: string, wrapped: string, context: string): Buffer;
  /** Throws `audit/erased`; asked before what was kept is used. */
  checkThere(tenant: string): void;
}

export function createSecretKeys(
  shared: KeyringWrapper,
  tenants: TenantKeys | undefined,
  now = (): number => performance.now(),
): SecretKeys {
  const trusted = new Map<string, number>();
  const checkThere = (tenant: string): void => {
    if (tenants === undefined || now() < (trusted.get(tenant) ?? 0)) return;
    trusted.delete(tenant);
    // It throws where that key was destroyed.
    if (tenants.destroyed(tenant) !== undefined) tenants.wrapper(tenant);
    trusted.set(tenant, now() + trustMs);
  };
  return {
    isOwn: (wrapped) => tenants === undefined || wrapped.startsWith(own),
    wrap(tenant, key, context) {
      const wrapper = tenants?.wrapper(tenant) ?? shared;
      const text = Buffer.from(wrapper.wrap(key, context)).toString('base64');
      return tenants === undefined ? text : `${own}${text}`;
    },
    unwrap(tenant, wrapped, context) {
      const isOwn = wrapped.startsWith(own) && tenants !== undefined;
      if (!isOwn && tenants?.destroyed(tenant) !== undefined) tenants.wrapper(tenant);
      const text = isOwn ? wrapped.slice(own.length) : wrapped;
      return (isOwn ? tenants.wrapper(tenant) : shared).unwrap(
        Buffer.from(text, 'base64'),
        context,
      );
    },
    checkThere,
  };
}
