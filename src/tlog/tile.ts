import { BailiwickError } from '#kernel/errors.ts';
import { hashSize } from './hash.ts';

/** The static files of c2sp.org/tlog-tiles: where they are and what a tree of some size needs. */
export const tileWidth = 256;

/** Entries are length-prefixed by a uint16 in their bundle. */
export const maxEntryBytes = 65_535;

/** Reads one file of a log by its path relative to the log's folder; undefined when it is absent. */
export type ReadLogFile = (path: string) => Uint8Array | undefined;

/** The same of `length` bytes from `from` on; fewer where the file ends before. */
export type ReadLogPart = (path: string, from: number, length: number) => Uint8Array | undefined;

export interface EntryFiles {
  readonly read: ReadLogFile;
  /** Where there is none, whole files are read. */
  readonly readPart?: ReadLogPart;
}

/** `x001/x234/067` for 1234067. */
export function tileIndexPath(index: number): string {
  const last = String(index % 1000).padStart(3, '0');
  let rest = Math.floor(index / 1000);
  let path = last;
  while (rest > 0) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
    rest = Math.floor(rest / 1000);
  }
  return path;
}

function withWidth(path: string, width: number): string {
  return width === tileWidth ? path : `${path}.p/${width}`;
}

export function tilePath(level: number, index: number, width: number = tileWidth): string {
  return withWidth(`tile/${level}/${tileIndexPath(index)}`, width);
}

export function bundlePath(index: number, width: number = tileWidth): string {
  return withWidth(`tile/entries/${tileIndexPath(index)}`, width);
}

/** How many hashes stand at a tile level in a tree of this size. */
export function levelWidth(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** Width of one tile in a tree of this size; 0 when the tree has no such tile. */
export function widthOf(size: number, level: number, index: number): number {
  const width = levelWidth(size, level) - index * tileWidth;
  return Math.max(0, Math.min(tileWidth, width));
}

/** Tile levels that a tree of this size has; 0 for the empty tree. */
export function levelCount(size: number): number {
  let levels = 0;
  while (levelWidth(size, levels) > 0) levels += 1;
  return levels;
}

/** A partial file may be gone once the full one exists; the full one starts with the same bytes. */
function readPartialOrFull(read: ReadLogFile, partial: string, full: string): Uint8Array {
  const found = read(partial) ?? read(full);
  if (found === undefined) {
    throw new BailiwickError('audit/inconsistent', {
      message: `log file \`${partial}\` is missing`,
    });
  }
  return found;
}

interface TileName {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** The first `width` hashes of a tile, whichever of its files is there, as they lie one after the other. */
export function readTileBytes(read: ReadLogFile, { level, index, width }: TileName): Uint8Array {
  const path = tilePath(level, index, width);
  const bytes = readPartialOrFull(read, path, tilePath(level, index));
  if (bytes.length !== width * hashSize && bytes.length !== tileWidth * hashSize) {
    throw new BailiwickError('audit/inconsistent', {
      message: `tile \`${path}\` has a wrong length`,
    });
  }
  return bytes.subarray(0, width * hashSize);
}

export function hashesOf(tile: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < tile.length; at += hashSize) hashes.push(tile.subarray(at, at + hashSize));
  return hashes;
}

export function readTile(read: ReadLogFile, tile: TileName): Uint8Array[] {
  return hashesOf(readTileBytes(read, tile));
}

export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(hashes);
}

/** Bytes that an entry takes in its bundle: a uint16 counts those that follow. */
export function bundledSize(entry: Uint8Array): number {
  return 2 + entry.length;
}

/** `target` is `bundledSize` long. */
export function writeBundled(target: Buffer, entry: Uint8Array): void {
  target.writeUInt16BE(entry.length);
  target.set(entry, 2);
}

export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.map((entry) => {
    if (entry.length > maxEntryBytes) {
      throw new BailiwickError('audit/record-too-large');
    }
    const part = Buffer.allocUnsafe(bundledSize(entry));
    writeBundled(part, entry);
    return part;
  });
  return Buffer.concat(parts);
}

/** Where each entry of a bundle begins, and where the last one ends; throws when that is not the end of the bytes. */
export function entryStarts(bytes: Uint8Array): number[] {
  const starts = [0];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (at + 2 > bytes.length || end > bytes.length) {
      throw new BailiwickError('audit/inconsistent', {
        message: `entry ${starts.length - 1} of a bundle ends outside the bundle`,
      });
    }
    starts.push(end);
    at = end;
  }
  return starts;
}

export function decodeBundle(bytes: Uint8Array): Uint8Array[] {
  const starts = entryStarts(bytes);
  return starts.slice(1).map((end, i) => bytes.subarray((starts[i] ?? 0) + 2, end));
}

interface BundleBytes {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
}

/** The file of a bundle that holds its first `width` entries, whichever is there, and where they are in it. */
export function readBundleBytes(read: ReadLogFile, index: number, width: number): BundleBytes {
  const path = bundlePath(index, width);
  const bytes = readPartialOrFull(read, path, bundlePath(index));
  const starts = entryStarts(bytes);
  const count = starts.length - 1;
  if (count !== width && count !== tileWidth) {
    throw new BailiwickError('audit/inconsistent', {
      message: `bundle \`${path}\` holds ${count} entries instead of ${width}`,
    });
  }
  return { bytes, starts };
}

export function readBundle(read: ReadLogFile, index: number, width: number): Uint8Array[] {
  const { bytes, starts } = readBundleBytes(read, index, width);
  return starts.slice(1, width + 1).map((end, i) => bytes.subarray((starts[i] ?? 0) + 2, end));
}
