import { canonicalText, type Json } from '#kernel/json/index.ts';
import { type Run, spend } from './run.ts';

type Scalar = null | boolean | number | string;

export function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}

/** Characters of canonical text that cost one step. */
const charactersPerStep = 16;

/** Paid in advance where a value is large: every string and member counts. */
export function paidText(value: Json, run: Run): string {
  const text = canonicalText(value);
  spend(run, 1 + Math.ceil(text.length / charactersPerStep));
  return text;
}

/** A set of JSON values: scalars by themselves, the rest by their canonical text. */
export class ValueSet {
  readonly #scalars = new Set<Scalar>();
  readonly #texts = new Set<string>();

  constructor(values: readonly Json[]) {
    for (const value of values) {
      if (isScalar(value)) this.#scalars.add(value);
      else this.#texts.add(canonicalText(value));
    }
  }

  has(value: Json, run: Run): boolean {
    if (isScalar(value)) return this.#scalars.has(value);
    return this.#texts.size > 0 && this.#texts.has(paidText(value, run));
  }
}

/** INVARIANT: one pass, whatever the items are; never each against each. */
export function areUnique(items: readonly Json[], run: Run): boolean {
  const scalars = new Set<Scalar>();
  const texts = new Set<string>();
  for (const item of items) {
    spend(run, 1);
    if (isScalar(item)) scalars.add(item);
    else texts.add(paidText(item, run));
  }
  return scalars.size + texts.size === items.length;
}
