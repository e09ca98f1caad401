import { BailiwickError } from '#kernel/errors.ts';
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

/** Digest, length (uint32 big-endian), bytes. */
export function encodePacked(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.set(sha256Bytes(bytes));
  header.writeUInt32BE(bytes.length, 32);
  return Buffer.concat([header, bytes]);
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
export function readPacksNear(
  read: ReadLogFile,
  index: number,
  size: number,
): { readonly path: string; readonly bytes: Uint8Array }[] {
  const own = Math.floor(index / tileWidth);
  const last = Math.floor(size / tileWidth);
  const found: { path: string; bytes: Uint8Array }[] = [];
  for (const pack of [own, own + 1, own - 1]) {
    if (pack < 0 || pack > last) continue;
    const paths =
      pack === last ? [packPath(pack, size % tileWidth), packPath(pack)] : [packPath(pack)];
    for (const path of paths) {
      const bytes = read(path);
      if (bytes !== undefined) found.push({ path, bytes });
    }
  }
  return found;
}
