import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { limits } from '#kernel/limits.ts';
import { systemClock } from '#kernel/time.ts';
import { type Archiving, createArchiving, noArchive } from '#planes/audit/index.ts';
import { logsToArchive } from '#storage/tiles/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

export interface OpenArchive extends Pick<Archiving, 'health'> {
  /** Ships now and then, until it is stopped. */
  start(): () => void;
}

/** Copies of the logs, elsewhere. A start does not wait for it, and an archive that is away stops nothing. */
export async function openArchive(
  { archive: folder, data }: Pick<ControlSettings, 'archive' | 'data'>,
  publicKey: Uint8Array,
): Promise<OpenArchive> {
  if (folder === undefined)
    return { health: () => noArchive.health(), start: () => () => undefined };
  // Read where there is one: a start without pays nothing for it.
  const { openFolderArchive } = await import('#adapters/log-archive/folder/index.ts');
  const archiving = createArchiving({
    archive: openFolderArchive(folder),
    logs: () => logsToArchive(join(data, 'log'), publicKey),
    retainUntil: () => undefined,
    clock: systemClock,
    turn: () => nextTurn(),
  });
  return {
    health: () => archiving.health(),
    start() {
      const timer = setInterval(
        () =>
          void archiving.look().catch((fault: unknown) => {
            tell({ event: 'progress', text: `archive: ${String(fault)}` });
          }),
        limits.archiveEveryMs,
      );
      return () => {
        clearInterval(timer);
        archiving.stop();
      };
    },
  };
}
