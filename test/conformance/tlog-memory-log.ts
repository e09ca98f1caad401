import { generateKeyPairSync, sign } from 'node:crypto';
import { leafHash } from '../../src/tlog/hash.ts';
import type { RawSigner } from '../../src/tlog/note.ts';
import { signCheckpoint } from '../../src/tlog/checkpoint.ts';
import { bundlePath, encodeBundle, encodeTile, tilePath, tileWidth } from '../../src/tlog/tile.ts';
import { GrowingTree } from '../../src/tlog/tree.ts';

export function makeSigner(): RawSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(-32), sign: (bytes) => sign(null, bytes, privateKey) };
}

/** Of second signatures. */
export function makeSecondSigner(): RawSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ml-dsa-44');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(-1_312), sign: (bytes) => sign(null, bytes, privateKey) };
}

/** A whole log as a map of files, built the short way; the product's writer is held against it. */
export class MemoryLog {
  readonly files = new Map<string, Uint8Array>();
  readonly entries: Uint8Array[] = [];
  readonly tree = new GrowingTree();

  read = (path: string): Uint8Array | undefined => this.files.get(path);
  list = (): string[] => [...this.files.keys()];

  append(...entries: Uint8Array[]): this {
    for (const entry of entries) {
      this.entries.push(entry);
      for (const tile of this.tree.append(leafHash(entry))) {
        this.files.set(tilePath(tile.level, tile.index), encodeTile(tile.hashes));
      }
    }
    for (const tile of this.tree.partials()) {
      this.files.set(tilePath(tile.level, tile.index, tile.hashes.length), encodeTile(tile.hashes));
    }
    for (let start = 0; start < this.entries.length; start += tileWidth) {
      const part = this.entries.slice(start, start + tileWidth);
      this.files.set(bundlePath(start / tileWidth, part.length), encodeBundle(part));
    }
    return this;
  }

  publish(origin: string, signer: RawSigner): this {
    const note = signCheckpoint({ origin, size: this.tree.size, root: this.tree.root() }, signer);
    this.files.set('checkpoint', Buffer.from(note, 'utf8'));
    return this;
  }
}

export function numbered(count: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`{"n":${from + i}}`, 'utf8'));
}
