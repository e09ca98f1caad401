import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  maxPackedBytes,
  packedSize,
  packPath,
  payloadPath,
  tileWidth,
  writePacked,
} from '#tlog/index.ts';
import type { DurableFolder } from './files.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** How much of the open pack counts; more may lie behind it, left by a crash. */
export interface PackState {
  readonly length: number;
  readonly sha256: string;
}

export const emptyPack: PackState = { length: 0, sha256: sha256Hex(new Uint8Array(0)) };

/** Writes sealed bodies: the open pack grows with its bundle, large bodies go to their own files. */
export class BodyWriter {
  readonly #files: DurableFolder;
  readonly #pack = new GrowingBytes();

  constructor(files: DurableFolder, size: number, state: PackState) {
    this.#files = files;
    if (state.length === 0) return;
    const path = packPath(Math.floor(size / tileWidth), size % tileWidth);
    const bytes = files.read(path)?.subarray(0, state.length);
    if (bytes === undefined || sha256Hex(bytes) !== state.sha256) {
      throw new BailiwickError('audit/inconsistent', {
        message: `sealed bodies in \`${path}\` are not what the writer of the log left`,
      });
    }
    this.#pack.grow(bytes.length).set(bytes);
  }

  add(bytes: Uint8Array): void {
    if (bytes.length <= maxPackedBytes) {
      writePacked(this.#pack.grow(packedSize(bytes)), bytes);
      return;
    }
    const path = payloadPath(sha256Hex(bytes));
    if (this.#files.exists(path)) this.#files.relyOn(path);
    else this.#files.put(path, bytes);
  }

  /** The bundle is full, so its pack is; returns the path when there was anything in it. */
  complete(index: number): string | undefined {
    if (this.#pack.length === 0) return undefined;
    const path = packPath(index);
    this.#files.put(path, this.#pack.view);
    this.#pack.clear();
    return path;
  }

  /** Makes the open pack durable under the name that belongs to this size. */
  save(size: number): PackState {
    if (this.#pack.length === 0) return emptyPack;
    const bytes = this.#pack.view;
    this.#files.put(packPath(Math.floor(size / tileWidth), size % tileWidth), bytes);
    return { length: bytes.length, sha256: sha256Hex(bytes) };
  }
}
