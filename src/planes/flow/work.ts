import type { ToolFlow } from '#kernel/tool.ts';
import type { Thing } from './leaves.ts';
import { isNumber, isSmall, isUsedAs, singular } from './roles.ts';
import type { OpenedSources } from './opened.ts';
import { nounsOf, nounsOfPlace, type Selector } from './selectors.ts';
import type { Place, Source } from './source.ts';
import type { Kept } from './task-index.ts';
import { exact, piecesIn, skeleton, wordsIn } from './text-forms.ts';
import { type Said, says, type UserWords } from './words.ts';

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
  readonly #wanted: Said;
  readonly #unwanted: Said;
  readonly #flow: Pick<ToolFlow, 'deeds' | 'sinks'>;
  readonly #hinted = new Map<Source, ReadonlySet<Thing>>();
  readonly #said = new Map<Thing, readonly string[]>();
  readonly #excluded = new Map<Thing, boolean>();
  readonly #named = new Map<Source, boolean>();
  readonly #most: number;
  readonly #opened: OpenedSources;
  readonly #open = new Map<Kept, Source>();
  #shown: string | undefined;
  #pieces: ReadonlySet<string> | undefined;
  #done = 0;

  constructor(
    { wanted, unwanted }: Pick<UserWords, 'wanted' | 'unwanted'>,
    flow: Pick<ToolFlow, 'deeds' | 'sinks'>,
    most: number,
    opened: OpenedSources,
  ) {
    this.#wanted = wanted;
    this.#unwanted = unwanted;
    this.#flow = flow;
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
      for (const thing of source.things.keys())
        if (this.#hintsAt(thing, this.#wanted).length > 0) found.add(thing);
      return found;
    });
  }

  /** What was described by a whole name: the thing, or what it is part of. */
  describedBy({ thing, source }: Pick<Place, 'thing' | 'source'>): Thing | undefined {
    for (let at: Thing | undefined = thing; at !== undefined; at = at.parent) {
      if (this.saidNames(at, source).length > 0) return at;
    }
    return undefined;
  }

  /** Names of a thing that stand in the words, each as a whole; a number only as that of such a thing. */
  saidNames(thing: Thing, source: Source): readonly string[] {
    return once(this.#said, thing, () => {
      const telling = new Set(thing.names.filter(isTelling).map(exact));
      const head = source.things.get(thing) ?? '';
      return [...telling].filter(
        (name) =>
          this.#says(name) &&
          !isOfAll(name, source.target, head) &&
          (!isNumber(name) ||
            this.#isNumberOf(name, source.target, source.things.get(thing) ?? '')),
      );
    });
  }

  /** Whether the words say a name of it, of what it is part of or of a part, or a word of one; a whole domain names nobody. */
  touches(thing: Thing, source: Source): boolean {
    for (const one of aroundOf(thing, source)) {
      if (this.saidNames(one, source).length > 0) return true;
      const names = one.names.map((name) => name.replace(/@.*$/su, ''));
      if (this.#hintsAt({ ...one, names }, this.#wanted).length > 0) return true;
    }
    return false;
  }

  /** How well the words fit a thing: a whole name before any words of one. */
  fits(thing: Thing, source: Source): number {
    let [names, hints] = [0, 0];
    for (const one of aroundOf(thing, source)) {
      names += this.saidNames(one, source).length;
      hints += this.#hintsAt(one, this.#wanted).length;
    }
    return names > 0 ? 1_000 + names : hints;
  }

  /** The thing, what it is part of or a part of it is named where the words say no. */
  isExcluded(thing: Thing, source: Source): boolean {
    for (const one of aroundOf(thing, source)) if (this.#isExcluded(one)) return true;
    return false;
  }

  /** By a whole name, or by a word of one, where no word of it is wanted. */
  #isExcluded(thing: Thing): boolean {
    return once(this.#excluded, thing, () => {
      for (const name of thing.names) {
        if (!this.spend(1 + Math.ceil((this.#unwanted.text.length + name.length) / charsOfOne))) {
          return true;
        }
        const isLong = exact(name).length >= 3 || isNumber(name);
        if (isLong && says(this.#unwanted, name)) return true;
      }
      if (this.#hintsAt(thing, this.#unwanted).length === 0) return false;
      return this.#hintsAt(thing, this.#wanted).length === 0;
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

  #isNumberOf(number: string, target: string, path: string): boolean {
    const nouns = new Set(nounsOfPlace(target, path));
    return isUsedAs(this.#wanted, number, {
      isNoun: (word) => nouns.has(singular(word)),
      deeds: this.#flow.deeds,
      mayBeBare: !Object.values(this.#flow.sinks).includes('amount'),
      mayBeUnknown: () => false,
    });
  }

  /** Words of names that stand in somebody's words. */
  #hintsAt({ names }: Thing, said: Said): readonly string[] {
    const found = new Set<string>();
    for (const name of names) {
      if (!this.spend(1 + Math.ceil(name.length / charsOfOne))) break;
      for (const word of wordsIn(exact(name))) {
        if (word.length < 3 || !/^\p{L}+$/u.test(word) || isSmall(word)) continue;
        if (said.words.has(word)) found.add(word);
      }
    }
    return [...found];
  }
}

const quantities = new Set(
  'all each every both any everybody everyone alle jeder tous toutes todos todas tutti'.split(' '),
);

/** `All Tenants` names no tenant: so people speak of them all. */
function isOfAll(name: string, target: string, head: string): boolean {
  const [first = '', ...others] = wordsIn(name);
  if (!quantities.has(first)) return false;
  const nouns = new Set(nounsOfPlace(target, head));
  return others.every((word) => nouns.has(singular(word)));
}

/** A name of one letter is in nearly every sentence. */
function isTelling(name: string): boolean {
  return name.trim().length >= 2 || /^\d$/.test(name);
}

/** The thing, what it is part of, and its parts. */
function* aroundOf(thing: Thing, { parts }: Source): Generator<Thing> {
  for (let at: Thing | undefined = thing; at !== undefined; at = at.parent) yield at;
  yield* parts.get(thing) ?? [];
}

function once<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}
