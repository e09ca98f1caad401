import { BailiwickError } from '#kernel/errors.ts';
import { bundledSize, maxEntryBytes, writeBundled } from '#tlog/index.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** The bundle that is not full yet, in the bytes that its file has. */
export class OpenBundle {
  readonly #bytes = new GrowingBytes();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Valid until the next change. */
  get encoded(): Uint8Array {
    return this.#bytes.view;
  }

  add(entry: Uint8Array): void {
    if (entry.length > maxEntryBytes) throw new BailiwickError('audit/record-too-large');
    writeBundled(this.#bytes.grow(bundledSize(entry)), entry);
    this.#count += 1;
  }

  clear(): void {
    this.#bytes.clear();
    this.#count = 0;
  }
}
