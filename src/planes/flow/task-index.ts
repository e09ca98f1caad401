import { flowBounds } from './bounds.ts';
import { copiesOf } from './copies.ts';
import { decodings, mayBeEncoded } from './decoded.ts';
import type { Brought } from './door.ts';
import { Effort, stepsOf } from './effort.ts';
import { contentOf, type Leaf, leavesOf, type Thing } from './leaves.ts';
import { exact, piecesIn, skeleton, wordsIn } from './text-forms.ts';
import { keysOfText } from './values.ts';

/** One result of the task. */
export interface Source {
  readonly target: string;
  readonly call: string;
  /** What it was asked with: a user who says one of these points at it. */
  readonly asked: readonly string[];
  /** What of it an agent brought itself: a server that says it again has not said it. */
  readonly echoed: ReadonlySet<string>;
  readonly isDirectory: boolean;
  /** INVARIANT: not all of it is known, so it names nothing: what was not looked into may stand beside what was. */
  isCut: boolean;
  /** The things in it that have names. */
  readonly things: Set<Thing>;
  /** By class (`iban`, `number` …): all that a value of that class could have been. */
  readonly candidates: Map<string, Set<string>>;
}

export interface Place {
  readonly source: Source;
  readonly path: string;
  /** Its server answers for it. */
  readonly asserted: boolean;
  readonly isId: boolean;
  readonly form: 'verbatim' | 'encoded';
  readonly thing: Thing;
}

/** Candidates are told apart by classes; texts are too many, and are never taken for one another. */
const classes: ReadonlySet<string> = new Set([
  'recipient',
  'url',
  'iban',
  'digits',
  'number',
  'date',
]);

/**
 * What results have brought into one task. `places` by key (`iban de89…`, `text backup.tar`): asserted ones of
 * any value, a stranger's where it has a form; `strange` by skeleton: whatever a stranger wrote.
 */
export class TaskIndex {
  readonly places = new Map<string, Place[]>();
  readonly strange = new Map<string, Place>();
  readonly done = new Set<string>();
  /** Something was not looked into, or is not kept: nothing is surely no stranger's any more. */
  isCut = false;
  #results = 0;
  #effort = new Effort(0);
  readonly #mayLook = (): boolean => this.#effort.spend(stepsOf.find);
  #bytes = 0;

  get size(): number {
    return this.places.size + this.strange.size;
  }

  /** What it keeps, in characters and places. */
  get bytes(): number {
    return this.#bytes;
  }

  learn(brought: Brought): void {
    const { flow, target, call } = brought;
    if (brought.effect !== 'read') this.#did(`${target} ${brought.argumentsDigest}`);
    this.#results += 1;
    if (this.#results > flowBounds.results) {
      this.isCut = true;
      return;
    }
    this.#effort = new Effort(flowBounds.effort);
    const asked = leavesOf(brought.arguments);
    if (asked.cut) this.isCut = true;
    const said = asked.leaves.map(({ value }) => String(value));
    const echoed = new Set(said.flatMap((text) => this.#keysOf(text)));
    this.#bytes += sizeOf(...said.slice(0, 64), ...echoed);
    const source: Source = {
      target,
      call,
      asked: said.slice(0, 64),
      echoed,
      isDirectory: flow?.directory === true,
      isCut: asked.cut,
      things: new Set(),
      candidates: new Map(),
    };
    try {
      this.#result(brought, source);
    } catch {
      // What could not be looked into is as if it said anything at all.
      this.#cut(source);
    }
    if (this.#effort.isSpent) this.#cut(source);
  }

  #result(brought: Brought, source: Source): void {
    const { flow, result } = brought;
    const { data, texts } = contentOf(result);
    const own = leavesOf(data, new Set(flow?.names));
    const free = leavesOf(texts);
    if (own.cut || free.cut) this.#cut(source);
    const trusted = fieldsOf(brought);
    const ids = new Set(flow?.ids);
    for (const leaf of own.leaves) {
      if (this.#effort.isSpent) return;
      if (leaf.thing.names.length > 0) source.things.add(leaf.thing);
      const [asserted, isId] = [trusted(leaf.path), ids.has(leaf.path)];
      this.#leaf(leaf, {
        source,
        path: leaf.path,
        asserted,
        isId,
        form: 'verbatim',
        thing: leaf.thing,
      });
    }
    const isCopy = copiesOf(data);
    for (const leaf of free.leaves) {
      if (this.#effort.isSpent) return;
      if (!own.cut && isCopy(leaf.value)) continue;
      const path = `text${leaf.path.replace(/^\[\]/, '')}`;
      const asserted = !brought.untrusted;
      this.#leaf(leaf, {
        source,
        path,
        asserted,
        isId: false,
        form: 'verbatim',
        thing: leaf.thing,
      });
    }
  }

  #did(deed: string): void {
    if (this.done.has(deed)) return;
    if (this.done.size >= flowBounds.deeds || this.#bytes >= flowBounds.bytes) {
      this.isCut = true;
      return;
    }
    this.done.add(deed);
    this.#bytes += sizeOf(deed);
  }

  #leaf({ value }: Leaf, place: Place): void {
    if (typeof value === 'boolean') return;
    const text = String(value);
    if (!this.#effort.spend(text.length)) return;
    if (text.length <= 512) this.#put(`text ${exact(text)}`, place);
    for (const key of keysOfText(text, this.#mayLook)) if (!this.#put(key, place)) return;
    if (place.asserted || typeof value === 'number') {
      if (!place.asserted) this.#strange(text, place);
      return;
    }
    if (text.length <= 512) this.#strange(text, place);
    for (const piece of piecesIn(text)) {
      if (!this.#strange(piece, place)) return;
      if (mayBeEncoded(piece)) this.#encoded(piece, { ...place, form: 'encoded' });
    }
    for (const word of wordsIn(text)) if (!this.#strange(word, place)) return;
  }

  #encoded(piece: string, place: Place): void {
    if (!this.#effort.spend(stepsOf.decode + 2 * piece.length)) return;
    for (const text of decodings(piece)) {
      for (const key of keysOfText(text, this.#mayLook)) if (!this.#put(key, place)) return;
      for (const inner of piecesIn(text)) if (!this.#strange(inner, place)) return;
    }
  }

  #keysOf(text: string): readonly string[] {
    if (!this.#effort.spend(text.length)) return [];
    const keys: string[] = [];
    for (const key of keysOfText(text, this.#mayLook)) {
      if (!this.#effort.spend(stepsOf.look)) break;
      keys.push(key);
    }
    return keys;
  }

  /** False: nothing more is looked into. */
  #put(key: string, place: Place): boolean {
    if (!this.#effort.spend(stepsOf.look)) return false;
    const known = this.places.get(key);
    if (known === undefined) {
      if (this.#isFull(place) || !this.#effort.spend(stepsOf.keep)) return false;
      this.places.set(key, [place]);
      this.#bytes += sizeOf(key, place.path);
    } else if (known.length < flowBounds.places) {
      known.push(place);
      this.#bytes += placeBytes;
    }
    const kind = key.slice(0, key.indexOf(' '));
    if (!classes.has(kind)) return true;
    const of = place.source.candidates.get(kind) ?? new Set();
    if (of.size <= flowBounds.candidates) of.add(key);
    place.source.candidates.set(kind, of);
    return true;
  }

  /** False: nothing more is looked into. */
  #strange(text: string, place: Place): boolean {
    if (text.length > 512) return true;
    if (!this.#effort.spend(stepsOf.word)) return false;
    const key = skeleton(text);
    if (key === '' || this.strange.has(key)) return true;
    if (this.#isFull(place) || !this.#effort.spend(stepsOf.keepWord)) return false;
    this.strange.set(ownCopy(key), place);
    this.#bytes += sizeOf(key, place.path);
    return true;
  }

  #isFull({ source }: Place): boolean {
    if (this.size < flowBounds.keys && this.#bytes < flowBounds.bytes) return false;
    this.#cut(source);
    return true;
  }

  #cut(source: Source): void {
    source.isCut = true;
    this.isCut = true;
  }
}

const placeBytes = 64;

function sizeOf(...texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length + placeBytes, 0);
}

/** A part of a text keeps the whole of it alive. */
function ownCopy(text: string): string {
  return text.length > 12 ? ` ${text}`.slice(1) : text;
}

/** Of a tool without a word about its fields all is a stranger's, unless its results are labelled otherwise. */
function fieldsOf({ flow, untrusted }: Brought): (path: string) => boolean {
  if (!untrusted) return () => true;
  const asserted = new Set(flow?.asserted);
  return (path) => asserted.has(path);
}
