import type { DeskRecorder } from '#contracts/desk.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createVault, type Vault } from '#planes/credentials/index.ts';
import { tell } from '../child.ts';
import type { OpenControl } from './parts.ts';

/** Before anything is compiled: what is published from here on has none that the key of all tenants opens. */
export async function ownSecrets({ store, vault }: Pick<OpenControl, 'store' | 'vault'>) {
  const tenants = Object.keys((await store.marks.current()).spent);
  const left = (tenant: string, name: string): void =>
    tell({
      event: 'progress',
      text: `secret \`${name}\` of \`${tenant}\` does not unwrap: left as it is`,
    });
  await vault.rewrap({ tenants, left });
}

export function openVault(
  { keyring, log, store }: Pick<OpenControl, 'keyring' | 'log' | 'store'>,
  recorder: DeskRecorder,
): Vault {
  return createVault({ keyring, tenants: log.tenants, book: store.secrets, recorder, clock });
}
