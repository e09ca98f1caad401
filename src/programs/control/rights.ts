import type { KeptRights } from '#contracts/kept-rights.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createRightsWatch } from '#planes/identity/index.ts';
import { sessionKey } from '#planes/sign-in/index.ts';
import { keepRights } from '#storage/ratchet/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';

export interface RightsStore {
  readonly store: Store;
  readonly keptRights: KeptRights;
}

const lookMs = 5_000;

/** INVARIANT: nothing reaches people, passkeys, tokens and sign-ins of the store but through what is kept of them. */
export async function keepPeopleRights(
  store: Store,
  { folder, keyring }: { readonly folder: string; readonly keyring: Keyring },
): Promise<RightsStore> {
  const signer = await keyring.signer(sessionKey);
  const { kept: keptRights, ...books } = await keepRights(store, { folder, clock, signer });
  return { store: { ...store, ...books }, keptRights };
}

/** What differs is refused from the first moment; it is told, and on record, within seconds. Answers how to stop. */
export function watchRights(
  keptRights: KeptRights,
  { recorder }: Pick<ProgramLog, 'recorder'>,
): () => void {
  const watch = createRightsWatch({ keptRights, recorder, writer: recorder.writer });
  const look = (): Promise<void> =>
    watch.look().catch((fault: unknown) => {
      tell({ event: 'progress', text: `rights: ${String(fault)}` });
    });
  void look();
  const timer = setInterval(() => void look(), lookMs);
  return () => clearInterval(timer);
}
