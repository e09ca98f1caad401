import { writeFile } from 'node:fs/promises';
import { declaredTargets } from '#contracts/document-kind.ts';
import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { stopNames } from '#kernel/stop-target.ts';
import { stopNamesPath } from '../../../sdk/index.ts';
import { documentKinds } from '../catalogue.ts';

/** Keeps the names that can be stopped in a file: a stop without control is checked against it. */
export function keepStopNames(snapshots: SnapshotFeed, data: string, tenant: string): () => void {
  let snapshot: Snapshot | undefined;
  let roster: Roster | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const write = (): void => {
    const declared = declaredTargets(documentKinds, snapshot?.tenants[tenant]);
    const names = stopNames(snapshot, roster, tenant, declared);
    const text = canonicalText(names as unknown as JsonObject);
    // Without it a stop by file asks for `--force`; nothing else depends on it.
    last = last
      .then(() => writeFile(stopNamesPath(data), text, { mode: 0o600 }))
      .catch(() => undefined);
  };
  return snapshots.subscribe({
    snapshot(next) {
      snapshot = next;
      write();
    },
    roster(next) {
      roster = next;
      write();
    },
  });
}
