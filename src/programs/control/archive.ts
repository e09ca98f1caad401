import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogArchive } from '#contracts/log-archive.ts';
import { limits } from '#kernel/limits.ts';
import { systemClock } from '#kernel/time.ts';
import { type Archiving, createArchiving, noArchive, type Retaining } from '#planes/audit/index.ts';
import { extendedNotes, logsToArchive } from '#storage/tiles/index.ts';
import { archiveAt } from '../archive-at.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

export interface OpenArchive extends Pick<Archiving, 'archivedTo' | 'health'> {
  /** Undefined where none was named. */
  readonly target: LogArchive | undefined;
  /** Ships now and then, until it is stopped. */
  start(): () => void;
}

/** Copies of the logs, elsewhere. A start does not wait for it, and an archive that is away stops nothing. */
export async function openArchive(
  { archive: place, data }: Pick<ControlSettings, 'archive' | 'data'>,
  publicKey: Uint8Array,
  retention: () => Pick<Retaining, 'retainUntil' | 'promise'>,
): Promise<OpenArchive> {
  if (place === undefined) {
    const { archivedTo, health } = noArchive;
    return { target: undefined, archivedTo, health, start: () => () => undefined };
  }
  const target = await archiveAt(place);
  const logRoot = join(data, 'log');
  const archiving = createArchiving({
    archive: target,
    logs: logsToArchive(logRoot, publicKey),
    retainUntil: (log) => retention().retainUntil(log),
    keeping: { promise: (log) => retention().promise(log), noted: extendedNotes(logRoot) },
    clock: systemClock,
    turn: () => nextTurn(),
  });
  return {
    target,
    archivedTo: (place) => archiving.archivedTo(place),
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
