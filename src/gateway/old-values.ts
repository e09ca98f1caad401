import { longestBeforeText } from '#contracts/grant-ledger.ts';
import type { OldValue } from '#kernel/grant.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { ObjectPlace, ToolFlow } from '#kernel/tool.ts';
import { labelsAt, type Lately } from '#planes/flow/index.ts';
import { bodyOf, namesAt, textsAt } from './object-names.ts';
import { areAlike } from './object-spelling.ts';

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
    const thing = lastTold(lately(), kind, name);
    if (thing !== undefined) found.push(...differences(thing, given, at));
  }
  return fitting(found);
}

interface Told {
  readonly value: JsonObject;
  /** Where in the answer it stands, as documents write it: `customers[]`; empty: it is the answer. */
  readonly path: string;
}

interface Thing extends Told {
  readonly read: Lately;
}

/**
 * INVARIANT: nothing older is told behind what cannot be looked into, behind what wrote it, and behind what could be about it and
 * is not to the letter: for a label two names that are alike are one, here they are not sure.
 */
function lastTold(lately: Iterable<Lately>, kind: string, name: string): Thing | undefined {
  let left = mostOpened;
  for (const one of lately) {
    const places = placesOf(one.flow, kind);
    if (places.length === 0) continue;
    left -= 1;
    const opened = left < 0 ? undefined : one.open();
    if (opened === undefined) return undefined;
    const found = places.flatMap((place) => thingsAt(place, opened, one.flow, name));
    const [only] = found;
    if (found.length === 1 && only !== 'unsure') return only && { ...only, read: one };
    if (found.length > 0 || wrote(one, kind, opened.asked, name)) return undefined;
  }
  return undefined;
}

function placesOf(flow: ToolFlow | undefined, kind: string): readonly ObjectPlace[] {
  const { reads = [], writes = [], makes = [] } = flow?.objects ?? {};
  return [...reads, ...writes, ...makes].filter((place) => place.kind === kind);
}

function wrote({ flow }: Lately, kind: string, asked: JsonObject, name: string): boolean {
  return (flow?.objects?.writes ?? []).some((place) => {
    if (place.kind !== kind) return false;
    const names = textsAt(asked, place.at);
    return names === undefined || names.some((one) => areAlike(one, name));
  });
}

interface Opened {
  readonly asked: JsonObject;
  readonly result: JsonObject;
}

type Found = Told | 'unsure';

/** Chosen by an argument it is the whole answer; named in the answer, what its name stands in. */
function thingsAt(
  { at, in: within }: ObjectPlace,
  { asked, result }: Opened,
  flow: ToolFlow | undefined,
  name: string,
): readonly Found[] {
  const body = dataOf(result, flow);
  if (within !== undefined) return holdersOf({ value: body, path: '' }, within.split('.'), name);
  const names = at === undefined ? undefined : textsAt(asked, at);
  const [only] = names ?? [];
  if (only === undefined || !names?.some((one) => areAlike(one, name))) return [];
  const thing = only === name && names.length === 1 ? unwrapped(body) : undefined;
  return [thing ?? 'unsure'];
}

/** A text is what a server says of a thing only where its document names fields of it; else it may be what the thing holds. */
function dataOf(result: JsonObject, flow: ToolFlow | undefined): Json | undefined {
  const hasFields = [flow?.asserted, flow?.ids, flow?.names].some((paths) => paths?.length);
  return result['structuredContent'] === undefined && !hasFields ? undefined : bodyOf(result);
}

/** `{"ticket": {…}}` is the ticket. */
function unwrapped(body: Json | undefined): Told | undefined {
  if (!isJsonObject(body)) return undefined;
  const [first, ...more] = Object.entries(body);
  const [path, only] = first ?? [''];
  return more.length === 0 && isJsonObject(only)
    ? { value: only, path }
    : { value: body, path: '' };
}

function holdersOf(
  { value, path }: { readonly value: Json | undefined; readonly path: string },
  [member = '', ...rest]: readonly string[],
  name: string,
): readonly Found[] {
  if (!isJsonObject(value)) return [];
  if (rest.length === 0) {
    const names = namesAt(value, member);
    if (!Array.isArray(names) || !names.some((one) => areAlike(one, name))) return [];
    return [names.length === 1 && names[0] === name ? { value, path } : 'unsure'];
  }
  const under = below(path, member);
  if (!member.endsWith('[]')) return holdersOf({ value: value[member], path: under }, rest, name);
  const items = value[member.slice(0, -2)];
  const all = Array.isArray(items) ? (items as readonly Json[]) : [];
  return all.flatMap((item) => holdersOf({ value: item, path: under }, rest, name));
}

function below(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

function differences(thing: Thing, given: JsonObject, at: string): readonly OldValue[] {
  return pairsOf(given, thing, '').flatMap(({ argument, now, was, path }) => {
    if (argument === at || sameJson(now, was)) return [];
    const text = JSON.stringify(was);
    const untold = isGuarded(thing.read, path)
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
  /** Where in the answer it stood. */
  readonly path: string;
}

/** Members of the same name; those of one more object in the arguments (`fields`, `patch`) are looked for in the thing itself. */
function pairsOf(given: JsonObject, thing: Told, under: string): readonly Pair[] {
  return Object.entries(given).flatMap(([name, now]): readonly Pair[] => {
    // A path says by its dots where it goes.
    if (name.includes('.')) return [];
    const argument = below(under, name);
    const was = Object.hasOwn(thing.value, name) ? thing.value[name] : undefined;
    const path = below(thing.path, name);
    if (isJsonObject(now) && isJsonObject(was)) return pairsOf(now, { value: was, path }, argument);
    if (was !== undefined) return [{ argument, now, was, path }];
    return isJsonObject(now) && under === '' ? pairsOf(now, thing, argument) : [];
  });
}

function sameJson(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** INVARIANT: also by a label of what it is part of, and of what is part of it. */
function isGuarded({ whole, flow }: Pick<Lately, 'whole' | 'flow'>, path: string): boolean {
  const labels = flow?.labels ?? {};
  const within = Object.entries(labels).filter(
    ([of]) => of.startsWith(`${path}.`) || of.startsWith(`${path}[]`),
  );
  const all = [...whole, ...labelsAt(labels, path), ...within.flatMap(([, found]) => found)];
  return all.some(isKeptBack);
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
