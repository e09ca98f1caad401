import type { Thing } from './leaves.ts';
import type { OpenedSources } from './opened.ts';
import { nounsOf, type Selector } from './selectors.ts';
import type { Source } from './source.ts';
import type { Kept } from './task-index.ts';
import { exact, piecesIn, skeleton, wordsIn } from './text-forms.ts';
import { says, type UserWords } from './words.ts';

const mostSelectors = 16;
const numberMarks = ['', '#', 'nr. ', 'n° '] as const;

/** A comparison with the user's words reads them through: so many characters of them count as one more. */
const charsOfOne = 64;
/** To look into a result whole takes far longer than to compare with it. */
const stepsToOpen = { each: 64, charsOfOne: 4 } as const;

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
  readonly #opened: OpenedSources;
  readonly #open = new Map<Kept, Source>();
  #shown: string | undefined;
  #pieces: ReadonlySet<string> | undefined;
  #done = 0;

  constructor({ wanted }: UserWords, most: number, opened: OpenedSources) {
    this.#wanted = wanted;
    this.#most = most;
    this.#opened = opened;
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

  /** Undefined: no more of it. */
  open(kept: Kept): Source | undefined {
    const known = this.#open.get(kept) ?? this.#opened.get(kept);
    const steps = stepsToOpen.each + Math.ceil(kept.text.length / stepsToOpen.charsOfOne);
    if (!this.spend(known === undefined ? steps : 1)) return undefined;
    const open = known ?? this.#opened.open(kept);
    this.#open.set(kept, open);
    return open;
  }

  /** Whether the words show something that looks like this. */
  shows(skeletonOfIt: string): boolean {
    this.#shown ??= skeleton(this.#wanted.text);
    return this.#shown.includes(skeletonOfIt);
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

  /** INVARIANT: by all that chose it; what an agent adds of its own choice makes it another one. */
  isSourceNamed(source: Source): boolean {
    return once(this.#named, source, () => {
      const { asked } = source;
      if (asked.length === 0 || asked.length > mostSelectors) return false;
      return asked.every((one) => this.#isNamedBy(one, source));
    });
  }

  /** `evil.example` of an address, as a user may name a whole site. */
  namesHost(host: string): boolean {
    if (this.#wanted.values.has(`url ${host}`)) return true;
    this.#pieces ??= new Set(piecesIn(this.#wanted.text));
    return this.#pieces.has(host) || this.#pieces.has(`www.${host}`);
  }

  #isNamedBy({ text, nouns, isDeclared }: Selector, { target }: Source): boolean {
    if (isDeclared || !/^\d{1,6}$/.test(text)) return this.#says(text);
    // A number alone may be any: an amount, a day, how many.
    const said = new Set([...nouns, ...nounsOf(target.slice(target.indexOf('/') + 1))]);
    for (const noun of said) {
      if (numberMarks.some((mark) => this.#says(`${noun} ${mark}${text}`))) return true;
    }
    return false;
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
