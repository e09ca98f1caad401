import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** What of a server, and of a tool, must be the same somewhere else. */
const serverFacts = ['source', 'content', 'signer'] as const;
/** Of which locks say nothing that were made before they did. */
const laterFacts: readonly string[] = ['signer'];
const heldFacts = ['effect', 'phase'] as const;
const toolFacts = ['digest', ...heldFacts] as const;

/**
 * Every difference, in words, of what stands in a lock and what is here. INVARIANT: what is on one side
 * only is a difference as well.
 */
export function differences(lock: JsonObject, here: JsonObject): readonly string[] {
  return bothKeys(lock, here).flatMap((server) => {
    const before = memberOf(lock, server);
    const now = memberOf(here, server);
    if (before === undefined) return [`${server}: is not in the lock`];
    if (now === undefined) return [`${server}: is not here`];
    const about = factsThatDiffer(server, serverFacts, before, now);
    return [...about, ...toolsThatDiffer(server, before, now)];
  });
}

/** Why nothing of a server may be approved by a lock: what runs is not what the lock was made of. */
export function serverDifferences(
  server: string,
  lock: JsonObject,
  here: JsonObject,
): readonly string[] {
  const [before, now] = [memberOf(lock, server) ?? {}, memberOf(here, server) ?? {}];
  return factsThatDiffer(server, serverFacts, before, now);
}

/** Why a tool may not be approved by a lock that has its very definition: it would be held otherwise. */
export function toolDifferences(
  name: string,
  before: JsonObject,
  now: JsonObject,
): readonly string[] {
  return factsThatDiffer(name, heldFacts, before, now);
}

function toolsThatDiffer(server: string, before: JsonObject, now: JsonObject): readonly string[] {
  const locked = memberOf(before, 'tools') ?? {};
  const approved = memberOf(now, 'tools') ?? {};
  return bothKeys(locked, approved).flatMap((tool) => {
    const name = `${server}/${tool}`;
    const old = memberOf(locked, tool);
    const one = memberOf(approved, tool);
    if (old === undefined) return [`${name}: is approved here, and not in the lock`];
    if (one === undefined) return [`${name}: is not approved here`];
    return factsThatDiffer(name, toolFacts, old, one);
  });
}

function factsThatDiffer(
  name: string,
  facts: readonly string[],
  before: JsonObject,
  now: JsonObject,
): readonly string[] {
  return facts
    .filter((fact) => !laterFacts.includes(fact) || before[fact] !== undefined)
    .filter((fact) => wordOf(before[fact]) !== wordOf(now[fact]))
    .map((fact) => `${name}: ${fact} was ${wordOf(before[fact])} and is ${wordOf(now[fact])}`);
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : 'not told';
}

function bothKeys(one: JsonObject, other: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

export function memberOf(value: JsonObject, name: string): JsonObject | undefined {
  const member = Object.hasOwn(value, name) ? value[name] : undefined;
  return isJsonObject(member) ? member : undefined;
}
