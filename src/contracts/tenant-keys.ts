import type { KeyringWrapper } from './keyring.ts';

/** Why a tenant has no key any more. */
export interface DestroyedTenantKey {
  /** Id of the record that says why, and who agreed. */
  readonly record: string;
  readonly at: number;
}

/**
 * A wrapping key for each tenant, which nothing of another tenant is under. It stands with the keys, outside
 * of store, logs and their backups: destroyed here, what is sealed of that tenant opens nowhere.
 */
export interface TenantKeys {
  /**
   * Made when it is first asked for, and durable before this returns. INVARIANT: read anew each time, so
   * that what was destroyed is in no memory a moment later. Throws `audit/erased` from then on, for good.
   */
  wrapper(tenant: string): KeyringWrapper;
  /**
   * An HMAC under what is made of the tenant's key for this alone: the same for the same text, and nothing to
   * guess against without that key. As hex; it throws as `wrapper` does.
   */
  mac(tenant: string, text: string): string;
  destroyed(tenant: string): DestroyedTenantKey | undefined;
  /** Durable before it returns. False where it was destroyed before. */
  destroy(gone: DestroyedTenantKey & { readonly tenant: string }): boolean;
}
