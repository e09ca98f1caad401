import { createHmac } from 'node:crypto';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { DestroyedTenantKey, TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** Keys of tenants in memory; `wrapperOf` gives true cryptography. */
export class FakeTenantKeys implements TenantKeys {
  readonly #wrapperOf: (tenant: string) => KeyringWrapper;
  readonly #destroyed = new Map<string, DestroyedTenantKey>();

  constructor(wrapperOf: (tenant: string) => KeyringWrapper) {
    this.#wrapperOf = wrapperOf;
  }

  wrapper(tenant: string): KeyringWrapper {
    const gone = this.#destroyed.get(tenant);
    if (gone === undefined) return this.#wrapperOf(tenant);
    throw new BailiwickError('audit/erased', { details: { record: gone.record } });
  }

  mac(tenant: string, text: string): string {
    this.wrapper(tenant);
    return createHmac('sha256', `key of ${tenant}`).update(text).digest('hex');
  }

  destroyed(tenant: string): DestroyedTenantKey | undefined {
    return this.#destroyed.get(tenant);
  }

  destroy({ tenant, record, at }: Parameters<TenantKeys['destroy']>[0]): boolean {
    if (this.#destroyed.has(tenant)) return false;
    this.#destroyed.set(tenant, { record, at });
    return true;
  }
}
