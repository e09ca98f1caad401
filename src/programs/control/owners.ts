import { oweOwnersOfAll } from '#contracts/owed.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock } from '#kernel/time.ts';
import {
  createOwnerKeeper,
  createReviewKeeper,
  type OwnerKeeper,
} from '#planes/lifecycle/index.ts';
import { tell } from '../child.ts';

/** Who answers for agents, and who has looked at them: asked when somebody comes or leaves, documents change, or a time is over. */
export function openOwners(store: Store): OwnerKeeper {
  const snapshot = async () => (await store.snapshots.current()).snapshot;
  const owe = async () => oweLook(store, Object.keys((await snapshot())?.tenants ?? {}));
  const shared = {
    oversight: store.oversight,
    snapshot,
    clock: systemClock,
    later: (ms: number) => void setTimeout(() => void owe().catch(say), ms).unref(),
  };
  const { directory, overlay } = store;
  const owners = createOwnerKeeper({ ...shared, directory, overlay });
  const reviews = createReviewKeeper(shared);
  return {
    ...owners,
    async look() {
      await owners.look();
      await reviews.look();
    },
  };
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
