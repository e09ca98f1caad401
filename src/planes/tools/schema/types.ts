import type { Json } from '#kernel/json/value.ts';

export interface SchemaProblem {
  /** JSON pointer into the value. */
  readonly path: string;
  readonly message: string;
}

export type SchemaVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly problems: readonly SchemaProblem[] }
  | { readonly kind: 'unnamed'; readonly path: string; readonly name: string }
  | { readonly kind: 'budget' };

export interface CompiledSchema {
  readonly kind: 'compiled';
  validate(value: Json, budget?: number): SchemaVerdict;
}

export interface UnsupportedSchema {
  readonly kind: 'unsupported';
  readonly reason: string;
}

export type Draft = '2020-12' | '07';

/** What one check knows of the run that it is part of. */
export interface Run {
  /** Work left; one unit for each check of each node. Below zero the answer is no. */
  work: number;
  readonly problems: SchemaProblem[];
  /** Above zero inside `anyOf`, `not` and the like: a failure there is no problem of the value. */
  silent: number;
  /** Schema resources that were entered, outermost first; `$dynamicRef` looks there. */
  readonly scopes: string[];
}

/** Which parts of a value the checks so far have spoken for; for `unevaluated…`. */
export interface Seen {
  readonly names: Set<string>;
  allNames: boolean;
  readonly items: Set<number>;
  itemsUpTo: number;
  allItems: boolean;
}

export type Check = (value: Json, path: string, run: Run, seen: Seen | undefined) => boolean;

export class Unsupported extends Error {}

export class OutOfBudget extends Error {}

export function spend(run: Run, units = 1): void {
  run.work -= units;
  if (run.work < 0) throw new OutOfBudget();
}

export function fail(run: Run, path: string, message: string): false {
  if (run.silent === 0 && run.problems.length < 10) run.problems.push({ path, message });
  return false;
}

export function newSeen(): Seen {
  return { names: new Set(), allNames: false, items: new Set(), itemsUpTo: 0, allItems: false };
}

export function mergeSeen(into: Seen | undefined, from: Seen): void {
  if (into === undefined) return;
  for (const name of from.names) into.names.add(name);
  for (const item of from.items) into.items.add(item);
  into.allNames ||= from.allNames;
  into.allItems ||= from.allItems;
  into.itemsUpTo = Math.max(into.itemsUpTo, from.itemsUpTo);
}

export function pointer(path: string, part: string | number): string {
  return `${path}/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
