import { oweOwnersOfAll } from '#contracts/owed.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock } from '#kernel/time.ts';
import { createOwnerKeeper, type OwnerKeeper } from '#planes/lifecycle/index.ts';
import { tell } from '../child.ts';

/** Looks when somebody comes or leaves, when the documents change, and when a grace is over. */
export function openOwners(store: Store): OwnerKeeper {
  const snapshot = async () => (await store.snapshots.current()).snapshot;
  const owe = async () => oweLook(store, Object.keys((await snapshot())?.tenants ?? {}));
  return createOwnerKeeper({
    directory: store.directory,
    oversight: store.oversight,
    overlay: store.overlay,
    snapshot,
    clock: systemClock,
    later: (ms) => void setTimeout(() => void owe().catch(say), ms).unref(),
  });
}

/** The documents changed: whoever owns agents now is asked for. */
export function followOwners(store: Store): () => void {
  return store.snapshots.subscribe({
    snapshot: (next) => void oweLook(store, Object.keys(next.tenants)).catch(say),
    roster: () => undefined,
  });
}

function oweLook({ outbox }: Store, tenants: readonly string[]): Promise<void> {
  return outbox.put(oweOwnersOfAll(tenants, systemClock.now()));
}

function say(fault: unknown): void {
  tell({ event: 'progress', text: `owners: ${fault instanceof Error ? fault.message : 'fault'}` });
}
