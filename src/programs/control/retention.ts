import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Turns } from '#kernel/turns.ts';
import type { Store } from '#contracts/store.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createRetaining, type Retaining } from '#planes/audit/index.ts';
import { prunableLogs, retentionNotes } from '#storage/tiles/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';
import type { ControlSettings } from '../settings.ts';
import { type OpenArchive, openArchive } from './archive.ts';

export interface OpenRetention extends Pick<Retaining, 'show'> {
  /** Looks now and then, until it is stopped. */
  start(): () => void;
}

/** A start has other things to do. */
const firstMs = 30_000;

/** How long records are kept, here and elsewhere. */
export async function openKeeping(parts: {
  readonly settings: ControlSettings;
  readonly publicKey: Uint8Array;
  readonly log: ProgramLog;
  readonly store: Pick<Store, 'holds'>;
  readonly takings: Turns;
  readonly writer: string;
  readonly snapshot: () => Snapshot | undefined;
}): Promise<{ readonly archive: OpenArchive; readonly retention: OpenRetention }> {
  const { settings, publicKey, log, store, takings, writer, snapshot } = parts;
  const logRoot = join(settings.data, 'log');
  const archive: OpenArchive = await openArchive(settings, publicKey, () => retaining);
  const { target } = archive;
  const retaining = createRetaining({
    logs: () => prunableLogs(logRoot, publicKey),
    snapshot,
    archive:
      target === undefined
        ? undefined
        : {
            enforcedBy: target.enforcedBy,
            retainedUntil: (name) => target.retainedUntil(name),
            archivedTo: (place) => archive.archivedTo(place),
          },
    notes: retentionNotes(logRoot),
    holds: store.holds,
    takings,
    async record(draft) {
      const { id } = await log.recorder.record(draft);
      // What is gone must be said by a log that is signed.
      await log.flush();
      return id;
    },
    writer,
    clock: systemClock,
    turn: () => nextTurn(),
  });
  return {
    archive,
    retention: { show: (tenant) => retaining.show(tenant), start: () => lookNowAndThen(retaining) },
  };
}

function lookNowAndThen(retaining: Pick<Retaining, 'look'>): () => void {
  const look = () =>
    void retaining.look().catch((fault: unknown) => {
      tell({ event: 'progress', text: `retention: ${String(fault)}` });
    });
  const first = setTimeout(look, firstMs);
  const timer = setInterval(look, limits.pruneEveryMs);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
