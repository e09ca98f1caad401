import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { copiesOf } from './copies.ts';
import { decodings, mayBeEncoded } from './decoded.ts';
import { Effort, stepsOf } from './effort.ts';
import { heldFor } from './held.ts';
import { contentOf, type Leaf, leavesOf, type Thing } from './leaves.ts';
import { exact, piecesIn, skeleton, wordsIn } from './text-forms.ts';
import { allSelectors, type Selector, selectorsOf } from './selectors.ts';
import { keysOfText } from './values.ts';

/** One result, with all that is said of it. */
export interface Told {
  readonly target: string;
  readonly call: string;
  readonly flow: ToolFlow | undefined;
  readonly untrusted: boolean;
  readonly arguments: JsonObject;
  readonly result: JsonObject;
  /** Something of it was left out before. */
  readonly cut: boolean;
  /** By the order in which results came here. */
  readonly at: number;
  /** At which gateway, and when by the machine's clock. */
  readonly by: string | undefined;
  readonly toldAt: number;
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
 * One result of the task, looked into whole: where each of its values stands. It is made when a value that acts may stand
 * in it. INVARIANT: what it has, the filter of its task has as well.
 */
export class Source {
  readonly target: string;
  readonly call: string;
  /** What it was asked with: by some of it a user who says the same points at it. */
  readonly asked: readonly Selector[];
  /** All that it was asked with. */
  readonly chosenBy: readonly Selector[];
  /** What of it an agent brought itself: a server that says it again has not said it. */
  readonly echoed: ReadonlySet<string>;
  /** Texts that an agent brought itself. */
  readonly brought: readonly string[];
  readonly isDirectory: boolean;
  readonly at: number;
  readonly by: string | undefined;
  readonly toldAt: number;
  /** What its server calls each thing by: asserted ids alone. */
  readonly ids = new Map<Thing, string[]>();
  /** The things in it that have names, and where: `tickets[]`. */
  readonly things = new Map<Thing, string>();
  /** What has a name and is one part of a thing, no item of a list in it: whose ticket it is. */
  readonly parts = new Map<Thing, Set<Thing>>();
  /** By class (`iban`, `number` …): all that a value of that class could have been. */
  readonly candidates = new Map<string, Set<string>>();
  readonly places = new Map<string, Place[]>();
  /** By skeleton: what a stranger wrote in it. */
  readonly strange = new Map<string, Place>();
  readonly #effort = new Effort(flowBounds.effort);
  #isCut: boolean;
  #bytes = heldFor.source;

  constructor(told: Told) {
    this.target = told.target;
    this.call = told.call;
    this.at = told.at;
    this.by = told.by;
    this.toldAt = told.toldAt;
    this.isDirectory = told.flow?.directory === true;
    const asked = leavesOf(told.arguments);
    const said = asked.leaves.map(({ value }) => String(value));
    this.asked = selectorsOf(asked.leaves, told.flow);
    this.chosenBy = allSelectors(asked.leaves, told.flow);
    this.brought = said;
    this.echoed = new Set(said.flatMap((text) => this.#keysOf(text)));
    this.#bytes += 2 * heldFor.asked * said.length;
    for (const key of this.echoed) this.#hold(key, heldFor.word);
    this.#isCut = told.cut || asked.cut;
    try {
      this.#result(told);
    } catch {
      // What could not be looked into is as if it said anything at all.
      this.#isCut = true;
    }
  }

  /** INVARIANT: not all of it is known, so it names nothing: what was not looked into may stand beside what was. */
  get isCut(): boolean {
    return this.#isCut || this.#effort.isSpent;
  }

  /** What it takes in memory beside the text that it was made of: reckoned, and rather too much. */
  get bytes(): number {
    return this.#bytes;
  }

  #hold(text: string, beside: number): void {
    this.#bytes += 2 * text.length + beside;
  }

  /** With all that it is part of: rather twice than not. */
  #holdThing(thing: Thing): void {
    for (let at: Thing | undefined = thing; at !== undefined; at = at.parent) {
      this.#hold('', heldFor.thing);
    }
  }

  readonly #mayLook = (): boolean => this.#effort.spend(stepsOf.find);

  #result(told: Told): void {
    const { flow, result, untrusted } = told;
    const { data, texts } = contentOf(result);
    const own = leavesOf(data, new Set(flow?.names));
    const free = leavesOf(texts);
    if (own.cut || free.cut) this.#isCut = true;
    this.#data(own.leaves, told);
    const isCopy = own.cut ? () => false : copiesOf(data);
    for (const leaf of free.leaves) {
      if (this.#effort.isSpent) return;
      if (isCopy(leaf.value)) continue;
      const path = `text${leaf.path.replace(/^\[\]/, '')}`;
      this.#leaf(leaf, this.#placeOf(leaf, path, !untrusted, false));
    }
  }

  #data(leaves: readonly Leaf[], { flow, untrusted }: Told): void {
    const asserted = new Set(untrusted ? flow?.asserted : []);
    const ids = new Set(flow?.ids);
    let last: Thing | undefined;
    for (const leaf of leaves) {
      if (this.#effort.isSpent) return;
      if (leaf.thing !== last) this.#holdThing(leaf.thing);
      last = leaf.thing;
      this.#name(leaf);
      const isTrusted = !untrusted || (!leaf.odd && asserted.has(leaf.path));
      const isId = !leaf.odd && ids.has(leaf.path);
      if (isId && isTrusted) this.#issue(leaf);
      this.#leaf(leaf, this.#placeOf(leaf, leaf.path, isTrusted, isId));
    }
  }

  #name({ thing, path }: Leaf): void {
    if (thing.names.length === 0 || this.things.has(thing)) return;
    let head = headOf(path);
    this.things.set(thing, head);
    this.#hold(head, heldFor.key);
    for (let of = thing.parent; of !== undefined && !head.endsWith(']'); of = of.parent) {
      const known = this.parts.get(of) ?? new Set();
      this.parts.set(of, known.add(thing));
      this.#hold(head, heldFor.key);
      head = headOf(head);
    }
  }

  #issue({ thing, value }: Leaf): void {
    this.#hold('', heldFor.key);
    const known = this.ids.get(thing);
    if (known === undefined) this.ids.set(thing, [exact(String(value))]);
    else known.push(exact(String(value)));
  }

  #placeOf({ thing }: Leaf, path: string, asserted: boolean, isId: boolean): Place {
    this.#hold(path, heldFor.leaf);
    return { source: this, path, asserted, isId, form: 'verbatim', thing };
  }

  #leaf({ value }: Leaf, place: Place): void {
    if (typeof value === 'boolean') return;
    const text = String(value);
    if (!this.#effort.spend(text.length)) return;
    if (text.length <= flowBounds.wholeChars) this.#put(`text ${exact(text)}`, place);
    for (const key of keysOfText(text, this.#mayLook)) if (!this.#put(key, place)) return;
    if (place.asserted || typeof value === 'number') {
      if (!place.asserted) this.#strange(text, place);
      return;
    }
    if (text.length <= flowBounds.wholeChars) this.#strange(text, place);
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
      if (!this.#effort.spend(stepsOf.keep)) return false;
      this.places.set(key, [place]);
      this.#hold(key, heldFor.key);
    } else if (known.length < flowBounds.places) {
      known.push(place);
      this.#hold('', heldFor.word);
    }
    const kind = key.slice(0, key.indexOf(' '));
    if (!classes.has(kind)) return true;
    const of = this.candidates.get(kind) ?? new Set();
    if (of.size <= flowBounds.candidates) of.add(key);
    this.candidates.set(kind, of);
    return true;
  }

  /** False: nothing more is looked into. */
  #strange(text: string, place: Place): boolean {
    if (text.length > flowBounds.pieceChars) return true;
    if (!this.#effort.spend(stepsOf.word)) return false;
    const key = skeleton(text);
    if (key === '' || this.strange.has(key)) return true;
    if (!this.#effort.spend(stepsOf.keepWord)) return false;
    this.strange.set(key, place);
    this.#hold(key, heldFor.word);
    return true;
  }
}

function headOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}
