import type { CredentialSource } from '#contracts/credential-source.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError, refusal } from '#kernel/errors.ts';
import { createSecretOpener } from './envelope.ts';

/** The vault of this product: what lies sealed in the Snapshot, opened anew for each loan. */
export function createSealedSource(
  wrapper: KeyringWrapper,
  tenants?: TenantKeys,
): CredentialSource {
  const opener = createSecretOpener(wrapper, tenants);
  return {
    lend({ tenant, secret }) {
      try {
        return { value: opener.open(tenant, secret), reusableMs: 0 };
      } catch (fault) {
        return fault instanceof BailiwickError
          ? fault.toRefusal()
          : refusal('credentials/unwrap-failed');
      }
    },
  };
}
