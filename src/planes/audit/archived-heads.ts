import type { LogArchive } from '#contracts/log-archive.ts';
import {
  archivedSize,
  type CheckpointTrust,
  headFolders,
  openCheckpoint,
  type OpenedCheckpoint,
  parseVkey,
  witnessedFile,
} from '#tlog/index.ts';
import { type LogToArchive, placeOf } from './archived-log.ts';

/**
 * How far the archive has this log: its newest head there, which was put last. Undefined when it has none. INVARIANT:
 * it is the cursor, and nothing but the signature of the log makes it one.
 */
export async function archivedTo(
  archive: LogArchive,
  log: LogToArchive,
): Promise<OpenedCheckpoint | undefined> {
  const names = await archive.list(`${placeOf(log)}/${headFolders.signed}/`);
  const newest = names.findLast((name) => archivedSize(name) !== undefined);
  const bytes = newest === undefined ? undefined : await archive.read(newest);
  return bytes === undefined ? undefined : openCheckpoint(bytes, trustOf(log));
}

export function trustOf({ vkey }: LogToArchive): CheckpointTrust {
  return { log: parseVkey(vkey) };
}

/**
 * Heads of logs that are looked at again and again: most of them say what they said before. INVARIANT: a head is
 * believed again only while its file is the very same bytes.
 */
export class ReadHeads {
  readonly #opened = new Map<string, OpenedCheckpoint>();

  /**
   * What can be shipped: the newest head that witnesses cosigned where that is news, else the newest that was signed;
   * where all of it is asked for, that one.
   */
  toShip(log: LogToArchive, from: number, all: boolean): OpenedCheckpoint | undefined {
    // Read first: it is never ahead of the checkpoint that is read after it.
    const witnessed = this.#open(log, witnessedFile);
    const signed = this.#open(log, 'checkpoint');
    const isNews = !all && witnessed !== undefined && witnessed.size > from;
    return isNews && witnessed.size <= (signed?.size ?? 0) ? witnessed : signed;
  }

  /** Of logs that are not there any more. */
  forgetOthers(listed: ReadonlySet<string>): void {
    for (const key of this.#opened.keys()) {
      if (!listed.has(key.slice(0, key.lastIndexOf('/')))) this.#opened.delete(key);
    }
  }

  #open(log: LogToArchive, file: string): OpenedCheckpoint | undefined {
    const bytes = log.read(file);
    if (bytes === undefined) return undefined;
    const key = `${placeOf(log)}/${file}`;
    const before = this.#opened.get(key);
    if (before !== undefined && Buffer.compare(before.note, bytes) === 0) return before;
    const opened = openCheckpoint(bytes, trustOf(log));
    this.#opened.set(key, opened);
    return opened;
  }
}
