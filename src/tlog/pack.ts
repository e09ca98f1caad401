import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { sha256Bytes } from '#kernel/digest.ts';
import { type ReadLogFile, tileIndexPath, tileWidth } from './tile.ts';

/**
 * Sealed bodies, kept beside the log. Small ones lie together in a pack per bundle of entries, so
 * that they cost one flush together; large ones have a file each, named by digest. A body comes with
 * its record, so it is in the pack of the record's bundle or in a neighbour.
 */
export const maxPackedBytes = 8 * 1024;

const headerBytes = 32 + 4;

/** Full once its bundle is full; until then it is named by how far that bundle is. */
export function packPath(index: number, width: number = tileWidth): string {
  const path = `payload/${tileIndexPath(index)}`;
  return width === tileWidth ? path : `${path}.p/${width}`;
}

export function payloadPath(sha256Hex: string): string {
  return `payload/${sha256Hex}`;
}

/** Bytes that a body takes in its pack. */
export function packedSize(bytes: Uint8Array): number {
  return headerBytes + bytes.length;
}

/** Digest, length (uint32 big-endian), bytes; `target` is `packedSize` long. */
export function writePacked(target: Buffer, bytes: Uint8Array): void {
  target.set(sha256Bytes(bytes));
  target.writeUInt32BE(bytes.length, 32);
  target.set(bytes, headerBytes);
}

export function encodePacked(bytes: Uint8Array): Buffer {
  const packed = Buffer.allocUnsafe(packedSize(bytes));
  writePacked(packed, bytes);
  return packed;
}

export interface PackedBody {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** Throws when a body is not what its digest says, or the pack does not end where its last body ends. */
export function decodePack(pack: Uint8Array, path: string): PackedBody[] {
  const view = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  const bodies: PackedBody[] = [];
  for (let at = 0; at < view.length; ) {
    const start = at + headerBytes;
    const end = start > view.length ? start : start + view.readUInt32BE(at + 32);
    if (end > view.length) throw damaged(path, bodies.length);
    const bytes = view.subarray(start, end);
    if (!sha256Bytes(bytes).equals(view.subarray(at, at + 32))) throw damaged(path, bodies.length);
    bodies.push({ sha256: view.toString('hex', at, at + 32), bytes });
    at = end;
  }
  return bodies;
}

function damaged(path: string, number: number): BailiwickError {
  return new BailiwickError('audit/inconsistent', {
    message: `sealed body ${number} of \`${path}\` is not what its digest says`,
  });
}

/** The packs in which a body of record `index` may lie, likeliest first. */
export function packsNear(index: number, size: number): string[] {
  const own = Math.floor(index / tileWidth);
  const last = Math.floor(size / tileWidth);
  const packs = [own, own + 1, own - 1].filter((pack) => pack >= 0 && pack <= last);
  return packs.flatMap((pack) =>
    pack === last ? [packPath(pack, size % tileWidth), packPath(pack)] : [packPath(pack)],
  );
}

/** Says whether the sealed body of a record is there; meant for walking a log from start to end. */
export class BodyFinder {
  readonly #read: ReadLogFile;
  readonly #size: number;
  readonly #digests = new Map<string, Set<string>>();

  constructor(read: ReadLogFile, size: number) {
    this.#read = read;
    this.#size = size;
  }

  has(index: number, sha256Hex: string): boolean {
    const near = packsNear(index, this.#size);
    if (near.some((path) => this.#pack(path).has(sha256Hex))) return true;
    return this.#read(payloadPath(sha256Hex)) !== undefined;
  }

  #pack(path: string): Set<string> {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const bytes = this.#read(path);
    const bodies = bytes === undefined ? [] : decodePack(bytes, path);
    const digests = new Set(bodies.map((body) => body.sha256));
    for (const old of [...this.#digests.keys()].slice(0, -maxRemembered)) this.#digests.delete(old);
    this.#digests.set(path, digests);
    return digests;
  }
}

const maxRemembered = 8;

/** The digest that a record names for its sealed body. */
export function bodyDigestOf(entry: Uint8Array): string | undefined {
  if (Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).indexOf('"payload":') < 0) {
    return undefined;
  }
  const record = parseJson(entry);
  const payload = isJsonObject(record) ? record['payload'] : undefined;
  const digest = isJsonObject(payload) ? payload['sha256'] : undefined;
  return typeof digest === 'string' ? digest : undefined;
}
