import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { flowBounds } from './bounds.ts';
import type { Field } from './fields.ts';
import { isOdd, isTelling } from './leaves.ts';

export type Given = string | number | boolean;

/**
 * The values of a result, as `leavesOf` finds them and within the same bounds, without the names of their places.
 * INVARIANT: answers false where `leavesOf` would be cut, or `take` wants no more.
 */
export function eachValue(
  value: Json,
  fields: Field | undefined,
  take: (value: Given, asserted: boolean) => boolean,
): boolean {
  return new Scan(take).visit(value, fields, 0, 0);
}

class Scan {
  readonly #take: (value: Given, asserted: boolean) => boolean;
  #chars: number = flowBounds.textChars;
  #nodes: number = flowBounds.nodes;
  #leaves: number = flowBounds.leaves;

  constructor(take: (value: Given, asserted: boolean) => boolean) {
    this.#take = take;
  }

  /** `at`: how long the name of its place is. */
  visit(value: Json, field: Field | undefined, at: number, depth: number): boolean {
    this.#nodes -= 1;
    if (depth > flowBounds.depth || this.#nodes < 0 || at > flowBounds.pathChars) return false;
    if (this.#leaves <= 0) return false;
    if (value === null) return true;
    if (typeof value !== 'object') return this.#leaf(value, field?.asserted === true);
    if (Array.isArray(value)) return this.#items(value as readonly Json[], field, at, depth);
    return !isJsonObject(value) || this.#members(value, field, at, depth);
  }

  #items(items: readonly Json[], field: Field | undefined, at: number, depth: number): boolean {
    for (let n = 0; n < items.length; n += 1) {
      const longer = at + 2 + digitsOf(n);
      if (!this.visit(items[n] ?? null, field?.items, longer, depth + 1)) return false;
    }
    return true;
  }

  #members(members: JsonObject, field: Field | undefined, at: number, depth: number): boolean {
    for (const key in members) {
      const member = members[key];
      if (member === undefined) continue;
      if (isTelling(key) && !this.#leaf(key, false)) return false;
      const named = field === undefined || isOdd(key) ? undefined : field.members.get(key);
      const longer = at + Math.min(64, key.length) + (at === 0 ? 0 : 1);
      if (!this.visit(member, named, longer, depth + 1)) return false;
    }
    return true;
  }

  #leaf(value: Given, asserted: boolean): boolean {
    if (typeof value === 'string') this.#chars -= value.length;
    this.#leaves -= 1;
    return this.#chars >= 0 && this.#take(value, asserted);
  }
}

function digitsOf(n: number): number {
  return n < 10 ? 1 : n < 100 ? 2 : n < 1_000 ? 3 : 6;
}
