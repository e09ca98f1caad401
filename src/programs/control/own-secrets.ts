import type { DeskRecorder } from '#contracts/desk.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createVault, type Vault } from '#planes/credentials/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';

/** Before anything is compiled: what is published from here on has none that the key of all tenants opens. */
export async function ownSecrets({
  store,
  vault,
}: {
  readonly store: Pick<Store, 'marks'>;
  readonly vault: Vault;
}) {
  const tenants = Object.keys((await store.marks.current()).spent);
  const left = (tenant: string, name: string): void =>
    tell({
      event: 'progress',
      text: `secret \`${name}\` of \`${tenant}\` does not unwrap: left as it is`,
    });
  await vault.rewrap({ tenants, left });
}

export function openVault(
  of: {
    readonly keyring: Keyring;
    readonly log: Pick<ProgramLog, 'tenants'>;
    readonly store: Pick<Store, 'secrets'>;
  },
  recorder: DeskRecorder,
): Vault {
  const { keyring, log, store } = of;
  return createVault({ keyring, tenants: log.tenants, book: store.secrets, recorder, clock });
}

/** Of a tenant whose key was destroyed nothing can be kept any more, so no folder is read for it. */
export function folderToRead(
  { tenants }: Pick<ProgramLog, 'tenants'>,
  tenant: string,
  config: string | undefined,
): string | undefined {
  return tenants.destroyed(tenant) === undefined ? config : undefined;
}
