import type { Thing } from './leaves.ts';
import type { Source } from './task-index.ts';
import { exact, piecesIn, wordsIn } from './text-forms.ts';
import { says, type UserWords } from './words.ts';

/** A comparison with the user's words reads them through: so many characters of them count as one more. */
const charsOfOne = 64;

/**
 * What one judgement compares. INVARIANT: what depends on the words alone is found once for each source and thing;
 * once the work is spent every answer is that nothing is granted, and the judgement says that it was too much.
 */
export class Work {
  readonly #wanted: UserWords['wanted'];
  readonly #hinted = new Map<Source, ReadonlySet<Thing>>();
  readonly #described = new Map<Thing, boolean>();
  readonly #named = new Map<Source, boolean>();
  readonly #most: number;
  #pieces: ReadonlySet<string> | undefined;
  #done = 0;

  constructor({ wanted }: UserWords, most: number) {
    this.#wanted = wanted;
    this.#most = most;
  }

  get done(): number {
    return this.#done;
  }

  get isSpent(): boolean {
    return this.#done > this.#most;
  }

  /** False: no more of it. */
  spend(steps = 1): boolean {
    this.#done += steps;
    return !this.isSpent;
  }

  /** The things of a source that the words could mean. */
  hintedIn(source: Source): ReadonlySet<Thing> {
    return once(this.#hinted, source, () => {
      const found = new Set<Thing>();
      for (const thing of source.things) if (this.#isHintedAt(thing)) found.add(thing);
      return found;
    });
  }

  /** By a whole name of the thing, or of what it is part of. */
  isDescribed(thing: Thing): boolean {
    return once(this.#described, thing, () => {
      if (thing.names.some((name) => isTelling(name) && this.#says(name))) return true;
      return thing.parent !== undefined && this.isDescribed(thing.parent);
    });
  }

  isSourceNamed(source: Source): boolean {
    return once(this.#named, source, () =>
      source.asked.some((one) => (one.length >= 3 || /^\d+$/.test(one)) && this.#says(one)),
    );
  }

  /** `evil.example` of an address, as a user may name a whole site. */
  namesHost(host: string): boolean {
    this.#pieces ??= new Set(piecesIn(this.#wanted.text));
    return this.#pieces.has(host) || this.#pieces.has(`www.${host}`);
  }

  #says(text: string): boolean {
    const steps = 1 + Math.ceil((this.#wanted.text.length + text.length) / charsOfOne);
    return this.spend(steps) && says(this.#wanted, text);
  }

  #isHintedAt({ names }: Thing): boolean {
    return names.some((name) => {
      if (!this.spend(1 + Math.ceil(name.length / charsOfOne))) return false;
      for (const word of wordsIn(exact(name))) {
        if (word.length >= 3 && /^\p{L}+$/u.test(word) && this.#wanted.words.has(word)) return true;
      }
      return false;
    });
  }
}

/** A name of one letter is in nearly every sentence. */
function isTelling(name: string): boolean {
  return name.trim().length >= 2 || /^\d$/.test(name);
}

function once<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}
