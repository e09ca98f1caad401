import { createDeskRecorder } from '#contracts/desk.ts';
import type { HoldBook } from '#contracts/hold-book.ts';
import type { KeptHolds } from '#contracts/kept-holds.ts';
import type { Store } from '#contracts/store.ts';
import type { Tombstones } from '#contracts/tombstones.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createTurns, type Turns } from '#kernel/turns.ts';
import {
  createAuditReader,
  createLogEvidence,
  createPrivacyDesk,
  type PrivacyDesk,
  replayTombstones,
  sealHeldArguments,
  sealTaskWords,
} from '#planes/audit/index.ts';
import { keepHolds, openTombstones } from '#storage/ratchet/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';
import { taskRecorder } from './delegations.ts';

/** INVARIANT: what was erased is erased again, in a store that was put back too, before anything is opened. */
export async function openErased(
  { payloadKeys: keys, holds }: Pick<Store, 'payloadKeys' | 'holds'>,
  log: ProgramLog,
  ratchetFolder: string,
  told = (text: string): void => tell({ event: 'progress', text }),
): Promise<Tombstones> {
  const tombstones = openTombstones(ratchetFolder);
  const { recorder } = log;
  const readers = () => log.readers();
  const { tenants, sealer } = log;
  const parts = { tombstones, keys, tenants, holds, readers, recorder, clock, told };
  const again = await replayTombstones(parts);
  await sealer.rewrap((tenant, handle) =>
    told(`the key ${handle} of \`${tenant}\` does not unwrap; it is left as it is`),
  );
  if (again > 0) told(`${again} keys that were erased are erased again`);
  return tombstones;
}

export interface HeldStore {
  /** A hold that is asked for here waits for what is being taken of its tenant, and nothing is taken after it. */
  readonly store: Store;
  readonly takings: Turns;
  readonly keptHolds: KeptHolds;
}

/** INVARIANT: nothing reaches the holds of the store but through what is kept of them. */
export async function keepHeld(store: Store, folder: string): Promise<HeldStore> {
  const tenants = Object.keys((await store.marks.current()).spent);
  const { kept, holds, agreements } = await keepHolds({ ...store, folder, clock, tenants });
  const takings = createTurns();
  const ask: HoldBook['ask'] = (tenant, hold) =>
    takings.take(tenant, () => holds.ask(tenant, hold));
  return { store: { ...store, holds: { ...holds, ask }, agreements }, keptHolds: kept, takings };
}

/** What waits for a human, and what a user wants done, lies sealed, whoever asks for it. */
export function withSealedArguments(store: Store, { sealer }: Pick<ProgramLog, 'sealer'>): Store {
  const grants = sealHeldArguments(store.grants, sealer);
  return { ...store, grants, tasks: sealTaskWords(store.tasks, sealer) };
}

export function openPrivacyDesk(parts: {
  readonly store: Store;
  readonly log: ProgramLog;
  readonly tombstones: Tombstones;
  readonly keptHolds: KeptHolds;
}): PrivacyDesk {
  const { store, log, tombstones, keptHolds } = parts;
  const { holds, agreements, people, payloadKeys: keys, outbox } = store;
  const { sealer, tenants } = log;
  const readers = () => log.readers();
  return createPrivacyDesk({
    holds,
    agreements,
    keptHolds,
    people,
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
