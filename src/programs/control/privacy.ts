import { createDeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Tombstones } from '#contracts/tombstones.ts';
import { systemClock as clock } from '#kernel/time.ts';
import {
  createAuditReader,
  createLogEvidence,
  createPrivacyDesk,
  type PrivacyDesk,
  replayTombstones,
  sealHeldArguments,
} from '#planes/audit/index.ts';
import { openTombstones } from '#storage/ratchet/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';
import { taskRecorder } from './delegations.ts';

/** INVARIANT: what was erased is erased again, in a store that was put back too, before anything is opened. */
export async function openErased(
  { payloadKeys: keys }: Pick<Store, 'payloadKeys'>,
  log: ProgramLog,
  ratchetFolder: string,
): Promise<Tombstones> {
  const tombstones = openTombstones(ratchetFolder);
  const { recorder } = log;
  const readers = () => log.readers();
  const { tenants, sealer } = log;
  const again = await replayTombstones({ tombstones, keys, tenants, readers, recorder, clock });
  await sealer.rewrap();
  if (again > 0)
    tell({ event: 'progress', text: `${again} keys that were erased are erased again` });
  return tombstones;
}

/** What waits for a human waits sealed, whoever asks for it. */
export function withSealedArguments(store: Store, { sealer }: Pick<ProgramLog, 'sealer'>): Store {
  return { ...store, grants: sealHeldArguments(store.grants, sealer) };
}

export function openPrivacyDesk(parts: {
  readonly store: Store;
  readonly log: ProgramLog;
  readonly tombstones: Tombstones;
}): PrivacyDesk {
  const { store, log, tombstones } = parts;
  const { holds, agreements, payloadKeys: keys, outbox } = store;
  const { sealer, tenants } = log;
  const readers = () => log.readers();
  return createPrivacyDesk({
    holds,
    agreements,
    keys,
    tombstones,
    sealer,
    tenants,
    clock,
    reader: createAuditReader({ readers, sealer }),
    evidence: createLogEvidence(readers),
    recorder: taskRecorder(log, createDeskRecorder(log.recorder, { outbox, clock })),
  });
}
