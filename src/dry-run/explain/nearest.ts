import type { Configuration } from '#contracts/plane-part.ts';
import { type DryCall, judgeCall } from '../judge-call.ts';
import { Turns } from '../turns.ts';
import { type Verdict, verdictOf, verdictText } from '../verdict.ts';
import { type Alteration, alterationsOf, type Standing, under } from './alterations.ts';
import type { Altered, ExplainParts, Nearest } from './door.ts';

/** Three things at once are what somebody still does; more is another rule. */
const mostAtOnce = 3;
const mostTried = 600;
const mostSets = 5;
/** Of configurations that are compiled to be asked once. */
const mostCompiled = 8;

interface Asked {
  readonly call: DryCall;
  /** As it stands on record. */
  readonly recorded: Verdict;
  readonly arguments: Nearest['arguments'];
  readonly place: Standing['place'];
}

/**
 * The smallest changes under which the call would have gone through, found by deciding it again with them.
 * INVARIANT: each set that is told was decided by what decides in the gateway, and no part of it is enough.
 */
export async function nearestOf(parts: ExplainParts, asked: Asked): Promise<Nearest> {
  const { call } = asked;
  const answer = await judgeCall(parts.policy, call);
  const now = verdictOf(answer);
  const weighed = await call.configuration.of(parts.policy).weigh(answer.input);
  const standing = { call, answer, applied: weighed.applied, place: asked.place };
  const search = new Search(parts, call, now);
  // What a change uncovers may be in the way as well: a tool that is listed meets the rules about it.
  let known = alterationsOf(standing);
  await search.through(known);
  const uncovered = await search.uncovered(standing, known);
  if (search.sets.length === 0 && uncovered.length > 0) {
    known = [...known, ...uncovered];
    await search.through(known);
  }
  return {
    again: verdictText(now),
    agrees: verdictText(now) === verdictText(asked.recorded),
    arguments: asked.arguments,
    sets: search.told(),
    tried: search.tried,
    isWhole: search.isWhole,
  };
}

interface Found {
  readonly keys: readonly string[];
  readonly told: readonly Altered[];
}

class Search {
  readonly sets: Found[] = [];
  tried = 0;
  isWhole = true;
  readonly #parts: ExplainParts;
  readonly #call: DryCall;
  readonly #done = new Set<string>();
  readonly #turns = new Turns();
  readonly #compiled = new Map<string, Configuration | undefined>();

  constructor(parts: ExplainParts, call: DryCall, now: Verdict) {
    this.#parts = parts;
    this.#call = call;
    if (now.kind === 'held') this.sets.push({ keys: [], told: [approvalOf(now.class)] });
  }

  async through(alterations: readonly Alteration[]): Promise<void> {
    for (let size = 1; size <= mostAtOnce; size += 1) {
      for (const chosen of combinations(alterations, size)) {
        await this.#tryOut(chosen);
        await this.#turns.next();
      }
    }
  }

  /** What else stands in the way once documents say otherwise. */
  async uncovered(
    standing: Standing,
    known: readonly Alteration[],
  ): Promise<readonly Alteration[]> {
    const first = known.filter(({ entry }) => entry !== undefined);
    if (first.length === 0) return [];
    const call = await this.#altered(first);
    if (call === undefined) return [];
    const answer = await judgeCall(this.#parts.policy, call);
    const { applied } = await call.configuration.of(this.#parts.policy).weigh(answer.input);
    const keys = new Set(known.map(({ key }) => key));
    return alterationsOf({ ...standing, call, answer, applied }).filter(
      ({ key }) => !keys.has(key),
    );
  }

  told(): readonly (readonly Altered[])[] {
    return this.sets
      .toSorted((one, other) => one.told.length - other.told.length)
      .slice(0, mostSets)
      .map(({ told }) => told);
  }

  async #tryOut(chosen: readonly Alteration[]): Promise<void> {
    const keys = chosen.map(({ key }) => key);
    const name = keys.toSorted().join('\n');
    if (this.#done.has(name) || this.#isMoreThanEnough(keys)) return;
    this.#done.add(name);
    if (this.tried >= mostTried) return void (this.isWhole = false);
    this.tried += 1;
    const call = await this.#altered(chosen);
    if (call === undefined) return;
    const verdict = verdictOf(await judgeCall(this.#parts.policy, call));
    const told = chosen.map(({ kind, sentence }) => ({ kind, sentence }));
    if (verdict.kind === 'allowed') this.sets.push({ keys, told });
    if (verdict.kind === 'held' && !this.#isHeldAnyway()) {
      this.sets.push({ keys, told: [...told, approvalOf(verdict.class)] });
    }
  }

  /** Some of it is enough already. A yes alone is enough for a call that waits, and is no part of another set. */
  #isMoreThanEnough(keys: readonly string[]): boolean {
    return this.sets.some(
      (found) => found.keys.length > 0 && found.keys.every((key) => keys.includes(key)),
    );
  }

  #isHeldAnyway(): boolean {
    return this.sets.some(({ keys }) => keys.length === 0);
  }

  async #altered(chosen: readonly Alteration[]): Promise<DryCall | undefined> {
    const entries = chosen.filter(({ entry }) => entry !== undefined);
    const configuration =
      entries.length === 0 ? this.#call.configuration : await this.#compile(entries);
    if (configuration === undefined) return undefined;
    let call = under(this.#call, configuration);
    for (const one of chosen) call = one.call?.(call) ?? call;
    return call;
  }

  async #compile(entries: readonly Alteration[]): Promise<Configuration | undefined> {
    const name = entries.map(({ key }) => key).join('\n');
    if (this.#compiled.has(name)) return this.#compiled.get(name);
    if (this.#compiled.size >= mostCompiled) {
      this.isWhole = false;
      return undefined;
    }
    const { configuration: base, principal } = this.#call;
    const compiled = await this.#parts.alter(base, principal.tenant, (tenant) =>
      entries.reduce((made, { entry }) => entry?.(made) ?? made, tenant),
    );
    const made = compiled.kind === 'compiled' ? compiled.configuration : undefined;
    this.#compiled.set(name, made);
    return made;
  }
}

function approvalOf(approvalClass: string): Altered {
  return { kind: 'approval', sentence: `somebody who may says yes (class \`${approvalClass}\`)` };
}

function* combinations<Item>(
  items: readonly Item[],
  size: number,
  from = 0,
): Generator<readonly Item[]> {
  if (size === 0) return void (yield []);
  for (let at = from; at <= items.length - size; at += 1) {
    for (const rest of combinations(items, size - 1, at + 1)) yield [items[at] as Item, ...rest];
  }
}
