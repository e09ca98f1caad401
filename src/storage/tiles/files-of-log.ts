import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import {
  bundlePath,
  encodeBundle,
  encodeTile,
  levelCount,
  packPath,
  parsePruned,
  prunedFile,
  readBundle,
  readTile,
  tilePath,
  tileWidth,
  widthOf,
} from '#tlog/index.ts';
import { nodeLogFs } from './files.ts';
import type { LogName } from './log-reader.ts';

/** Small ones as they were read, those that never change by their place; each by its name below the data folder. */
export type FileOfLog =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly path: string; readonly size: number };

export interface LogToCopy {
  /** Below the data folder. */
  readonly name: string;
  readonly folder: string;
  readonly checkpoint: Uint8Array;
  readonly size: number;
  readonly beside: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Of a class of logs that says which others there are. */
export function directoryFirst(a: LogName, b: LogName): number {
  return Number(b.retention === 'directory') - Number(a.retention === 'directory');
}

/** A log of `size` records while more are written behind them: what is partial there may be full here by now. */
export function* filesUpTo(log: LogToCopy): Generator<FileOfLog> {
  const { name, beside, checkpoint, size } = log;
  const named = (path: string, bytes: Uint8Array): FileOfLog => ({
    name: `${name}/${path}`,
    bytes,
  });
  for (let level = 0; level < levelCount(size); level += 1) yield* tilesOf(log, level);
  yield* bundlesOf(log);
  yield* bodiesOf(log);
  for (const one of beside) yield named(one.name, one.bytes);
  yield named('checkpoint', checkpoint);
}

function* tilesOf(log: LogToCopy, level: number): Generator<FileOfLog> {
  const read = (path: string) => nodeLogFs.read(join(log.folder, path));
  for (let index = 0; ; index += 1) {
    const width = widthOf(log.size, level, index);
    if (width === 0) return;
    const path = tilePath(level, index, width);
    if (width === tileWidth) yield full(log, path);
    else
      yield {
        name: `${log.name}/${path}`,
        bytes: encodeTile(readTile(read, { level, index, width })),
      };
  }
}

function* bundlesOf(log: LogToCopy): Generator<FileOfLog> {
  const read = (path: string) => nodeLogFs.read(join(log.folder, path));
  const pruned = read(prunedFile);
  const from = pruned === undefined ? 0 : parsePruned(pruned).to / tileWidth;
  const fullOnes = Math.floor(log.size / tileWidth);
  for (let index = from; index < fullOnes; index += 1) yield full(log, bundlePath(index));
  const width = log.size % tileWidth;
  if (width === 0 || from > fullOnes) return;
  const path = bundlePath(fullOnes, width);
  yield { name: `${log.name}/${path}`, bytes: encodeBundle(readBundle(read, fullOnes, width)) };
}

/** Bodies are found by digest: one of a record behind the head is found by nobody. */
function* bodiesOf(log: LogToCopy): Generator<FileOfLog> {
  const last = Math.floor(log.size / tileWidth);
  for (let index = 0; index < last; index += 1) yield* ifThere(log, packPath(index));
  // The full one is there before a partial one goes.
  const partial = packPath(last, log.size % tileWidth);
  const bytes = nodeLogFs.read(join(log.folder, partial));
  if (bytes === undefined) yield* ifThere(log, packPath(last));
  else yield { name: `${log.name}/${partial}`, bytes };
  const folder = join(log.folder, 'payload');
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    if (/^[0-9a-f]{64}$/u.test(name)) yield* ifThere(log, `payload/${name}`);
  }
}

function* ifThere(log: LogToCopy, path: string): Generator<FileOfLog> {
  if (existsSync(join(log.folder, path))) yield full(log, path);
}

function full(log: LogToCopy, file: string): FileOfLog {
  const path = join(log.folder, file);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size !== undefined) return { name: `${log.name}/${file}`, path, size };
  throw new BailiwickError('audit/inconsistent', {
    message: `log file \`${log.name}/${file}\` is missing`,
    suggestedAction:
      'where records are pruned just now, take the backup again; else ask `bailiwick audit verify`',
  });
}
