import { flowBounds } from './bounds.ts';
import { Digest, DigestTable } from './digests.ts';

const none = new Uint32Array(0);

/**
 * In which results of a task a value can stand. INVARIANT: it may name a result that has it not, which is read again and found to
 * be without it; a value of which it names nothing stands nowhere.
 */
export class Filter {
  readonly #places = new DigestTable();
  /** By skeleton: what strangers wrote, with the first result that has it, counted from 1. */
  readonly #strange = new DigestTable();
  /** Chains of results, each link the result and the number of the next link. */
  #links = none;
  #used = 1;
  readonly #asked = new Digest();

  get size(): number {
    return this.#places.size + this.#strange.size;
  }

  get bytes(): number {
    return this.#places.bytes + this.#strange.bytes + this.#links.byteLength;
  }

  hasPlace(digest: Digest): boolean {
    return this.#places.get(digest) !== 0;
  }

  hasStrange(digest: Digest): boolean {
    return this.#strange.get(digest) !== 0;
  }

  addStrange(digest: Digest, result: number): void {
    this.#strange.set(digest, result + 1);
  }

  addPlace(digest: Digest, result: number): void {
    let link = this.#places.get(digest);
    if (link === 0) {
      this.#places.set(digest, this.#link(result));
      return;
    }
    for (let n = 1; n < flowBounds.places; n += 1) {
      const next = this.#links[2 * link + 1] ?? 0;
      if (this.#links[2 * link] === result) return;
      if (next === 0) {
        // Made first: the links may move.
        const made = this.#link(result);
        this.#links[2 * link + 1] = made;
        return;
      }
      link = next;
    }
  }

  /** The first so many results, in the order in which they came. */
  placesOf(key: string): readonly number[] {
    const found: number[] = [];
    let link = this.#places.get(this.#asked.of(key));
    while (link !== 0) {
      found.push(this.#links[2 * link] ?? 0);
      link = this.#links[2 * link + 1] ?? 0;
    }
    return found;
  }

  strangeOf(skeleton: string): number | undefined {
    return this.#first(this.#asked.of(skeleton));
  }

  /** The same of a text that grows by a letter with each call. */
  strangeRun(): (letter: number) => number | undefined {
    const run = new Digest().begin();
    return (letter) => {
      run.add(letter);
      return this.#first(this.#asked.like(run).end());
    };
  }

  #first(digest: Digest): number | undefined {
    const found = this.#strange.get(digest);
    return found === 0 ? undefined : found - 1;
  }

  #link(result: number): number {
    const at = this.#used;
    if (2 * at + 2 > this.#links.length) {
      const wider = new Uint32Array(Math.max(64, this.#links.length * 2));
      wider.set(this.#links);
      this.#links = wider;
    }
    this.#links[2 * at] = result;
    this.#used += 1;
    return at;
  }
}
