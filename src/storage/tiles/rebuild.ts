import type { JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { FileJournalReader } from '#storage/journal/index.ts';
import { packPath, readBundle, tileWidth } from '#tlog/index.ts';
import { emptyPack, type PackState } from './bodies.ts';
import { DurableFolder, type LogFs } from './files.ts';
import type { LogName } from './log-reader.ts';
import { extendsHead } from './log-writer.ts';
import { encodeState, stateFile } from './state.ts';

export interface LostState {
  readonly io: LogFs;
  readonly folder: string;
  readonly log: LogName;
  /** What was signed last, as the ratchet remembers it. */
  readonly last: { readonly origin: string; readonly size: number; readonly root: string };
  readonly journal: FileJournalReader;
}

const framesPerStep = 4096;

/**
 * Makes `writer-state` anew: the tiles hash to what was signed last, and the last record that was
 * signed still stands in the journal, so that its place there is known. What came behind it is
 * integrated again from the journal. False when that is not so: going on would be guessing.
 */
export function rebuildState(lost: LostState): boolean {
  const { io, folder, last, journal } = lost;
  const files = new DurableFolder(io, folder);
  if (last.size === 0 || !extendsHead(files.read, last.size, last)) return false;
  const id = journal.journalId();
  const position = id === undefined ? undefined : placeOf(lost, lastEntry(files, last.size));
  if (id === undefined || position === undefined) return false;
  const { origin, size, root } = last;
  const pack = packOf(files, size);
  const state = { origin, size, root, published: 0, journal: id, position, pack, kept: true };
  files.commit(stateFile, encodeState(state));
  return true;
}

function lastEntry(files: DurableFolder, size: number): Uint8Array {
  const index = Math.floor((size - 1) / tileWidth);
  const entry = readBundle(files.read, index, size - index * tileWidth).at(-1);
  if (entry === undefined) throw new BailiwickError('audit/inconsistent');
  return entry;
}

/** Where a record stands in the journal; no two are the same, for each has its id. */
function placeOf({ journal, log }: LostState, entry: Uint8Array): JournalPosition | undefined {
  let after: JournalPosition | undefined;
  for (;;) {
    const frames = journal.read(after, framesPerStep);
    const found = frames.find(
      ({ kind, tenant, retention, bytes }) =>
        kind === 'leaf' &&
        tenant === log.tenant &&
        retention === log.retention &&
        Buffer.compare(bytes, entry) === 0,
    );
    if (found !== undefined) return found.position;
    after = frames.at(-1)?.position;
    if (after === undefined) return undefined;
  }
}

/** A body that is integrated again stands twice in its pack, which harms nobody. */
function packOf(files: DurableFolder, size: number): PackState {
  const width = size % tileWidth;
  const bytes = width === 0 ? undefined : files.read(packPath(Math.floor(size / tileWidth), width));
  if (bytes === undefined) return emptyPack;
  return { length: bytes.length, sha256: sha256Hex(bytes) };
}
