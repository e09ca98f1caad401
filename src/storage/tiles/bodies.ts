import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { encodePacked, maxPackedBytes, packPath, payloadPath, tileWidth } from '#tlog/index.ts';
import type { DurableFolder } from './files.ts';

/** How much of the open pack counts; more may lie behind it, left by a crash. */
export interface PackState {
  readonly length: number;
  readonly sha256: string;
}

export const emptyPack: PackState = { length: 0, sha256: sha256Hex(new Uint8Array(0)) };

/** Writes sealed bodies: the open pack grows with its bundle, large bodies go to their own files. */
export class BodyWriter {
  readonly #files: DurableFolder;
  #parts: Uint8Array[] = [];

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
    this.#parts = [bytes];
  }

  add(bytes: Uint8Array): void {
    if (bytes.length <= maxPackedBytes) {
      this.#parts.push(encodePacked(bytes));
      return;
    }
    const path = payloadPath(sha256Hex(bytes));
    if (!this.#files.exists(path)) this.#files.put(path, bytes);
  }

  /** The bundle is full, so its pack is; returns the path when there was anything in it. */
  complete(index: number): string | undefined {
    if (this.#parts.length === 0) return undefined;
    const path = packPath(index);
    this.#files.put(path, this.#joined());
    this.#parts = [];
    return path;
  }

  /** Makes the open pack durable under the name that belongs to this size. */
  save(size: number): void {
    if (this.#parts.length === 0) return;
    this.#files.put(packPath(Math.floor(size / tileWidth), size % tileWidth), this.#joined());
  }

  state(): PackState {
    if (this.#parts.length === 0) return emptyPack;
    const bytes = this.#joined();
    return { length: bytes.length, sha256: sha256Hex(bytes) };
  }

  #joined(): Uint8Array {
    const [first] = this.#parts;
    if (this.#parts.length === 1 && first !== undefined) return first;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined;
  }
}
