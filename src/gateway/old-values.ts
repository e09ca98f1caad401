import { longestBeforeText } from '#contracts/grant-ledger.ts';
import type { OldValue } from '#kernel/grant.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { ObjectPlace, ToolFlow } from '#kernel/tool.ts';
import type { Lately } from '#planes/flow/index.ts';
import { bodyOf, namesAt, objectName, textsAt } from './object-names.ts';

type Writes = readonly (ObjectPlace & { readonly at: string })[];

/** So many answers are opened, and no more: it is asked while an agent waits. */
const mostOpened = 20;
const longestValue = 4_096;

/**
 * What the task was last told of each thing that a call names as what it writes, member by member, where that differs. A
 * help for whoever decides. INVARIANT: what is secret, or another company's, is not told; what is not sure is left out.
 */
export function oldValues(
  lately: () => Iterable<Lately>,
  writes: Writes,
  given: JsonObject,
): readonly OldValue[] {
  const found: OldValue[] = [];
  for (const { kind, at } of writes) {
    const names = textsAt(given, at);
    // Of several things nobody knows which one a value is for.
    const [name] = names ?? [];
    if (name === undefined || names?.length !== 1) continue;
    const thing = lastTold(lately(), kind, objectName(name));
    if (thing !== undefined) found.push(...differences(thing, given, at));
  }
  return fitting(found);
}

interface Thing {
  readonly value: JsonObject;
  readonly read: Lately;
}

function lastTold(lately: Iterable<Lately>, kind: string, name: string): Thing | undefined {
  let left = mostOpened;
  for (const one of lately) {
    const objects = one.flow?.objects;
    const about = [
      ...(objects?.reads ?? []),
      ...(objects?.writes ?? []),
      ...(objects?.makes ?? []),
    ];
    const places = about.filter((place) => place.kind === kind);
    if (places.length === 0) continue;
    left -= 1;
    if (left < 0) return undefined;
    const opened = one.open();
    // INVARIANT: behind what cannot be looked into, and behind what wrote it, nothing older is told.
    if (opened === undefined) return undefined;
    for (const place of places) {
      const value = thingAt(place, opened, name);
      if (value !== undefined) return { value, read: one };
    }
    if (wrote(one, kind, opened.asked, name)) return undefined;
  }
  return undefined;
}

function wrote({ flow }: Lately, kind: string, asked: JsonObject, name: string): boolean {
  return (flow?.objects?.writes ?? []).some((place) => {
    if (place.kind !== kind) return false;
    const names = textsAt(asked, place.at);
    return names === undefined || names.some((one) => objectName(one) === name);
  });
}

interface Opened {
  readonly asked: JsonObject;
  readonly result: JsonObject;
}

/** Chosen by an argument it is the whole answer; named in the answer, what its name stands in. */
function thingAt(
  { at, in: within }: ObjectPlace,
  of: Opened,
  name: string,
): JsonObject | undefined {
  const body = bodyOf(of.result);
  if (within !== undefined) return holderOf(body, within.split('.'), name);
  if (at === undefined) return undefined;
  const names = textsAt(of.asked, at);
  return names?.length === 1 && objectName(names[0] ?? '') === name ? unwrapped(body) : undefined;
}

/** `{"ticket": {…}}` is the ticket. */
function unwrapped(body: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(body)) return undefined;
  const members = Object.values(body);
  return members.length === 1 && isJsonObject(members[0]) ? members[0] : body;
}

function holderOf(
  value: Json | undefined,
  [member = '', ...rest]: readonly string[],
  name: string,
): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  if (rest.length === 0) {
    const names = namesAt(value, member);
    return Array.isArray(names) && names.some((one) => objectName(one) === name)
      ? value
      : undefined;
  }
  if (!member.endsWith('[]')) return holderOf(value[member], rest, name);
  const items = value[member.slice(0, -2)];
  const all = Array.isArray(items) ? (items as readonly Json[]) : [];
  return all.map((item) => holderOf(item, rest, name)).find((one) => one !== undefined);
}

function differences(thing: Thing, given: JsonObject, at: string): readonly OldValue[] {
  return pairsOf(given, thing.value, '').flatMap(({ argument, now, was }) => {
    if (argument === at || sameJson(now, was)) return [];
    const text = JSON.stringify(was);
    const untold = isGuarded(thing.read, argument)
      ? ('guarded' as const)
      : text.length > longestValue
        ? ('long' as const)
        : undefined;
    const { target, call, at: told } = thing.read;
    const value = untold === undefined ? { was: text } : { untold };
    return [{ argument, ...value, from: target, call, at: told }];
  });
}

interface Pair {
  readonly argument: string;
  readonly now: Json;
  readonly was: Json;
}

/** Members of the same name; those of one more object in the arguments (`fields`, `patch`) are looked for in the thing itself. */
function pairsOf(given: JsonObject, thing: JsonObject, under: string): readonly Pair[] {
  return Object.entries(given).flatMap(([name, now]): readonly Pair[] => {
    // A path says by its dots where it goes.
    if (name.includes('.')) return [];
    const argument = under === '' ? name : `${under}.${name}`;
    const was = Object.hasOwn(thing, name) ? thing[name] : undefined;
    if (isJsonObject(now) && isJsonObject(was)) return pairsOf(now, was, argument);
    if (was !== undefined) return [{ argument, now, was }];
    return isJsonObject(now) && under === '' ? pairsOf(now, thing, argument) : [];
  });
}

function sameJson(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** INVARIANT: by any name of the path: too much is kept back rather than too little. */
function isGuarded({ whole, flow }: Pick<Lately, 'whole' | 'flow'>, argument: string): boolean {
  if (whole.some(isKeptBack)) return true;
  const names = new Set(argument.split('.'));
  return Object.entries(labelsOf(flow)).some(
    ([path, labels]) =>
      labels.some(isKeptBack) &&
      path.split('.').some((part) => names.has(part.replace(/\[\]$/, ''))),
  );
}

function labelsOf(flow: ToolFlow | undefined) {
  return flow?.labels ?? {};
}

/** What a person who may decide is shown like the arguments: it is of the people whom the call is about. */
function isKeptBack(label: Label): boolean {
  return label === 'confidentiality:secret' || label.startsWith('tenant:');
}

function fitting(all: readonly OldValue[]): readonly OldValue[] {
  const kept: OldValue[] = [];
  let left = longestBeforeText - 2;
  for (const one of all) {
    left -= JSON.stringify(one).length + 1;
    if (left < 0) break;
    kept.push(one);
  }
  return kept;
}
