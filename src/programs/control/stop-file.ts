import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Store } from '#contracts/store.ts';
import { withoutStop, withStop } from '#kernel/stop-file.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import {
  createStopFileWatch,
  createUrgentStops,
  type StopFile,
  type UrgentStops,
} from '#planes/lifecycle/index.ts';
import { changeStopFile, readStopFileText, releaseNotesPath } from '../../../sdk/index.ts';

export interface ControlStops {
  /** The store, with stops that wait for no disk. */
  readonly store: Store;
  readonly urgent: UrgentStops;
  /** Resolves when the file was read for the first time; goes on reading it. */
  follow(): Promise<{ stop(): void }>;
}

const pollMs = 200;
const settleMs = 1_000;

export function openStops(options: {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly data: string;
  readonly tenant: string;
  readonly clock: Clock;
}): ControlStops {
  const { store, recorder, data, tenant, clock } = options;
  const file = openStopFile(data, tenant);
  const watch = createStopFileWatch({ file, recorder, tenant });
  const urgent = createUrgentStops({ numbered: store.overlay, file, watch, clock });
  // What cannot be read or recorded now is looked at again: the stops themselves are in force.
  const look = () => urgent.look().catch(() => undefined);
  const settle = () => watch.settle().catch(() => undefined);
  return {
    store: { ...store, close: () => store.close(), overlay: urgent.overlay },
    urgent,
    async follow() {
      await look();
      const timers = [
        setInterval(() => void look(), pollMs),
        setInterval(() => void settle(), settleMs),
      ];
      void settle();
      return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
    },
  };
}

/** The stop file of this data folder, as control keeps and watches it. */
function openStopFile(data: string, tenant: string): StopFile {
  const notes = releaseNotesPath(data);
  const seen = join(dirname(notes), 'stops-on-record');
  return {
    async read() {
      try {
        return readStopFileText(data);
      } catch {
        return 'all';
      }
    },
    add: (target, note) => changeStopFile(data, (text) => withStop(text, target, note)),
    remove: (targets) =>
      changeStopFile(data, (text) =>
        targets.reduce<string | undefined>(
          (left, target) => (left === undefined ? left : withoutStop(left, target, tenant).text),
          text,
        ),
      ),
    async notes() {
      const names = namesIn(notes).filter((name) => name.endsWith('.json'));
      return names.map((name) => ({
        id: name.slice(0, -'.json'.length),
        text: readFileSync(join(notes, name)),
      }));
    },
    async dropNotes(ids) {
      for (const id of ids) rmSync(join(notes, `${id}.json`), { force: true });
    },
    async seen() {
      try {
        return readFileSync(seen, 'utf8');
      } catch {
        return undefined;
      }
    },
    async saw(text) {
      mkdirSync(dirname(seen), { recursive: true, mode: 0o700 });
      await writeFile(`${seen}.new`, text, { mode: 0o600 });
      await rename(`${seen}.new`, seen);
    },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
