import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { serverHomes } from '../server-homes.ts';

/** Gateways end a process within seconds once its server is gone; its home goes after it. */
const afterMs = 5_000;

/** What a server kept goes with its document: whoever is given its name next finds an empty home. */
export function sweepHomes(snapshots: Pick<SnapshotFeed, 'subscribe'>, data: string): () => void {
  let snapshot: Snapshot | undefined;
  let timer: NodeJS.Timeout | undefined;
  const sweep = async (): Promise<void> => {
    timer = undefined;
    // Read when it is needed: a start waits for nothing of this.
    const { removeHomes } = await import('#adapters/tool-server/stdio/homes.ts');
    await removeHomes(serverHomes(data), isNamed);
  };
  // Asked of the newest, at the moment of removing: a name that came back keeps what it has.
  const isNamed = (tenant: string, server: string): boolean => {
    const servers = snapshot?.tenants[tenant]?.servers ?? {};
    return snapshot === undefined || Object.hasOwn(servers, server);
  };
  const unsubscribe = snapshots.subscribe({
    snapshot(next) {
      snapshot = next;
      // What could not be removed is in nobody's way, and is tried again after the next change.
      timer ??= setTimeout(() => void sweep().catch(() => undefined), afterMs);
    },
    roster: () => undefined,
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}
