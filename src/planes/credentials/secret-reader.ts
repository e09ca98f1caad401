import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';
import { createSecretOpener } from './envelope.ts';

/** Secrets that control itself presents, where a document names them: opened anew for each use, never kept. */
export function createSecretReader(parts: {
  readonly wrapper: KeyringWrapper;
  readonly tenants?: TenantKeys;
  /** As the Snapshot in force has them. */
  readonly secrets: (tenant: string) => Readonly<Record<string, SealedSecret>> | undefined;
}): (tenant: string, name: string) => string {
  const opener = createSecretOpener(parts.wrapper, parts.tenants);
  return (tenant, name) => {
    const kept = parts.secrets(tenant) ?? {};
    const sealed = Object.hasOwn(kept, name) ? kept[name] : undefined;
    if (sealed === undefined) {
      throw new BailiwickError('credentials/unknown-secret', {
        message: 'a secret that a document names is not kept',
        suggestedAction: 'store it: `bailiwick secret set`',
      });
    }
    return opener.open(tenant, sealed);
  };
}
