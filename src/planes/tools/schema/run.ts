import type { Json } from '#kernel/json/index.ts';
import type { Resource } from './document.ts';

/** One check of one value. False means that it does not fit; the budget may end it any time. */
export type Check = (value: Json, run: Run, seen: Seen | undefined) => boolean;

export interface SchemaProblem {
  /** JSON pointer into the value. */
  readonly path: string;
  readonly message: string;
}

/** What one validation carries along. */
export interface Run {
  work: number;
  /** References inside references; a schema that refers to itself on the same value ends here. */
  depth: number;
  /** Above zero inside alternatives, whose failures are no problem of the whole. */
  quiet: number;
  /** Set only in the second pass, which explains. */
  readonly problems: SchemaProblem[] | undefined;
  readonly path: (string | number)[];
  /** The dynamic scope, kept only where a schema uses `$dynamicRef`. */
  readonly scope: Resource[];
}

export const deepestReference = 300;
export const mostProblems = 10;

class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

const spent = new BudgetSpent('the work budget of a schema check is spent');

/** The stack is part of the budget: a schema can nest its references deeper than it reaches. */
export function isBudgetSpent(error: unknown): boolean {
  return error === spent || error instanceof RangeError;
}

export function outOfBudget(): Error {
  return spent;
}

/** INVARIANT: whatever costs more than one step is paid for before or while it is done. */
export function spend(run: Run, work: number): void {
  run.work -= work;
  if (run.work < 0) throw spent;
}

export function newRun(work: number, problems: SchemaProblem[] | undefined): Run {
  return { work, depth: 0, quiet: 0, problems, path: [], scope: [] };
}

export function fail(run: Run, message: string): false {
  const { problems } = run;
  if (problems !== undefined && run.quiet === 0 && problems.length < mostProblems) {
    problems.push({ path: pointer(run.path), message });
  }
  return false;
}

/** Checks a member or an item; only the explaining pass needs to know where it is. */
export function checkAt(check: Check, value: Json, run: Run, step: string | number): boolean {
  if (run.problems === undefined) return check(value, run, undefined);
  run.path.push(step);
  const fits = check(value, run, undefined);
  run.path.pop();
  return fits;
}

/** A branch whose failure is no failure of the whole. */
export function quietly(check: Check, value: Json, run: Run, seen: Seen | undefined): boolean {
  run.quiet += 1;
  const fits = check(value, run, seen);
  run.quiet -= 1;
  return fits;
}

function pointer(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** What `unevaluatedProperties` and `unevaluatedItems` need to know of their neighbours. */
export class Seen {
  readonly names = new Set<string>();
  readonly items = new Set<number>();
  /** Every item before this one. */
  firstItems = 0;
  allNames = false;

  merge(other: Seen): void {
    for (const name of other.names) this.names.add(name);
    for (const item of other.items) this.items.add(item);
    this.firstItems = Math.max(this.firstItems, other.firstItems);
    this.allNames ||= other.allNames;
  }
}
