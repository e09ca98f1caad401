import { isConfidential, type Label, type Labels } from '#kernel/label.ts';
import { bareOf } from './bare.ts';
import { flowBounds } from './bounds.ts';
import { DigestTable } from './digests.ts';
import { gramLetters, gramsOf, gramStride } from './grams.ts';
import { contentOf, type Leaf, leavesOf } from './leaves.ts';
import type { Told } from './source.ts';
import { piecesIn } from './text-forms.ts';

/** One field of a result that carries more than everybody may be told. */
export interface Guard {
  readonly labels: Labels;
  readonly target: string;
  readonly call: string;
  readonly path: string;
}

/** A value by its letters. */
export interface GuardedValue {
  readonly letters: string;
  readonly guard: Guard;
}

const shortest = 3;
const longestValue = 64;
const mostTokens = 2_000;

/** By path of a document: of the field itself, or of what it is part of. */
export function labelsAt(labels: Readonly<Record<string, Labels>>, path: string): Labels {
  const own: Label[] = [];
  for (const [of, said] of Object.entries(labels)) {
    const isWithin = path === of || path.startsWith(`${of}.`) || path.startsWith(`${of}[]`);
    if (isWithin) own.push(...said);
  }
  return own;
}

/**
 * What of a task may not be told everywhere. INVARIANT: what could not be looked into, or does not fit, says so
 * (`isCut`), and then all that the task carries counts as told by whatever leaves.
 */
export class Guarded {
  readonly #guards: Guard[] = [];
  readonly #grams = new DigestTable();
  /** By their first letters. */
  readonly #values = new Map<string, GuardedValue[]>();
  /** Without a blank, and long enough to be known by pieces. */
  readonly dense: GuardedValue[] = [];
  readonly labels = new Set<Label>();
  #count = 0;
  #bytes = 0;
  #isCut = false;

  get isCut(): boolean {
    return this.#isCut;
  }

  get bytes(): number {
    return this.#bytes + this.#grams.bytes;
  }

  cut(): void {
    this.#isCut = true;
  }

  learn(told: Told, whole: Labels): void {
    const { result, flow, cut } = told;
    const { data, texts } = contentOf(result);
    const own = leavesOf(data);
    const free = leavesOf(texts);
    const byPath = flow?.labels ?? {};
    const some = Object.values(byPath).flat();
    for (const label of [...whole, ...some]) if (isConfidential(label)) this.labels.add(label);
    if (cut || own.cut || free.cut) this.#isCut = true;
    for (const leaf of own.leaves) {
      // A place that could be taken for several is each of them.
      const labels = leaf.odd ? some : labelsAt(byPath, leaf.path);
      this.#leaf(told, leaf, { labels: [...whole, ...labels], isField: labels.length > 0 });
    }
    // Nobody says which field a text repeats.
    for (const leaf of free.leaves) {
      const path = `text${leaf.path.replace(/^\[\]/, '')}`;
      this.#leaf(told, { ...leaf, path }, { labels: [...whole, ...some], isField: false });
    }
  }

  /** Values that begin with these letters. */
  beginning(letters: string): readonly GuardedValue[] {
    return this.#values.get(letters) ?? none;
  }

  get hasValues(): boolean {
    return this.#values.size > 0;
  }

  /** Whose copy this run is. */
  *copiedIn(letters: string): Generator<{ readonly guard: Guard; readonly at: number }> {
    if (this.#grams.size === 0) return;
    for (const { at, of } of gramsOf(letters)) {
      const guard = this.#guards[this.#grams.get(of) - 1];
      if (guard !== undefined) yield { guard, at };
    }
  }

  #leaf(
    { target, call }: Told,
    { path, value }: Leaf,
    { labels: all, isField }: { readonly labels: Labels; readonly isField: boolean },
  ): void {
    const labels = [...new Set(all)].filter(isConfidential);
    if (labels.length === 0 || typeof value === 'boolean' || this.#isCut) return;
    const text = String(value);
    const { letters } = bareOf(text);
    if (letters.length < shortest) return;
    const guard: Guard = { labels, target, call, path };
    this.#guards.push(guard);
    this.#bytes += 96 + 2 * path.length;
    if (letters.length <= longestValue && (isField || isTelling(text, letters))) {
      this.#value({ letters, guard }, !/\s/.test(text));
    }
    if (/[\s=:;,"']/.test(text)) this.#tokens(text, guard);
    if (letters.length >= gramLetters) this.#text(letters, guard);
  }

  #value(value: GuardedValue, isDense: boolean): void {
    const { letters } = value;
    const head = letters.slice(0, shortest);
    const known = this.#values.get(head) ?? [];
    if (known.some((one) => one.letters === letters && isSame(one.guard, value.guard))) return;
    if (!this.#hasRoom(1, 2 * letters.length + 64)) return;
    known.push(value);
    this.#values.set(head, known);
    const isSecret = value.guard.labels.includes('confidentiality:secret');
    if (!isDense || letters.length < 12 || !(isSecret || /\d/.test(letters))) return;
    if (this.dense.length >= flowBounds.denseValues) this.#isCut = true;
    else this.dense.push(value);
  }

  #tokens(text: string, guard: Guard): void {
    let count = 0;
    for (const piece of piecesIn(text)) {
      for (const part of piece.split(/[=:;,"']+/u)) {
        count += 1;
        if (count > mostTokens) {
          this.#isCut = true;
          return;
        }
        const { letters } = bareOf(part);
        if (letters.length <= longestValue && isToken(part, letters, guard.labels)) {
          this.#value({ letters, guard }, true);
        }
      }
    }
  }

  #text(letters: string, guard: Guard): void {
    const number = this.#guards.length;
    for (const { at, of } of gramsOf(letters)) {
      // The last one too: what is copied to the end is known by it.
      const isKept = at % gramStride === 0 || at === letters.length - gramLetters;
      if (!isKept) continue;
      if (!this.#hasRoom(1, 0)) return;
      const before = this.#guards[this.#grams.get(of) - 1];
      if (before === undefined || before.labels.length === 0) this.#grams.set(of, number);
      else if (!guard.labels.every((label) => before.labels.includes(label))) {
        // Two fields say the same: it carries what both do.
        const labels = [...new Set([...before.labels, ...guard.labels])];
        this.#bytes += 96;
        this.#grams.set(of, this.#guards.push({ ...guard, labels }));
      }
    }
  }

  #hasRoom(count: number, bytes: number): boolean {
    this.#count += count;
    this.#bytes += bytes;
    if (this.#count <= flowBounds.guarded) return !this.#isCut;
    this.#isCut = true;
    return false;
  }
}

const none: readonly GuardedValue[] = [];

function isSame(one: Guard | undefined, other: Guard): boolean {
  return one?.labels.join() === other.labels.join();
}

/** A whole value of a result that is labelled as one: names, numbers, addresses, and no word of its forms (`open`). */
function isTelling(text: string, letters: string): boolean {
  return isToken(text, letters, []) || (letters.length >= 8 && /\S\s+\S/.test(text));
}

const years = /^(?:19|20)\d\d$/;
const days = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** A word of a text that says something by itself: with digits, an address, and in secrets whatever is put together. */
function isToken(part: string, letters: string, labels: Labels): boolean {
  if (years.test(part) || days.test(part)) return false;
  if (letters.length >= 4 && (/\d/.test(part) || part.includes('@'))) return true;
  if (!labels.includes('confidentiality:secret') || letters.length < 6) return false;
  return /[^\p{L}]/u.test(part);
}
