import { createHash } from 'node:crypto';
import type { OutcomeParts, WindowPart } from './record.ts';

/**
 * Counts the part records of one outcome while they are made or read, in their order. INVARIANT: it
 * remembers as much for one window as for a million.
 */
export class PartsTally {
  readonly #hash = createHash('sha256');
  #count = 0;
  #bytes = 0;
  #last = '';

  /** `id`: of the record that the part stands in. */
  add(id: string, { bytes, commitment }: Pick<WindowPart, 'bytes' | 'commitment'>): void {
    this.#hash.update(commitment.sha256, 'hex');
    this.#count += 1;
    this.#bytes += bytes;
    this.#last = id;
  }

  /** The number of the part that comes next. */
  get next(): number {
    return this.#count + 1;
  }

  /** What an outcome says of them; undefined when nothing was released. */
  sum(): OutcomeParts | undefined {
    if (this.#count === 0) return undefined;
    const digest = this.#hash.copy().digest('hex');
    return { count: this.#count, bytes: this.#bytes, digest, last: this.#last };
  }
}

export function sameParts(one: OutcomeParts, other: OutcomeParts): boolean {
  return (
    one.count === other.count &&
    one.bytes === other.bytes &&
    one.digest === other.digest &&
    one.last === other.last
  );
}
