import { manifestFor } from '#contracts/rights.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { Target } from '#kernel/target.ts';
import { neededOf } from '#planes/tools/index.ts';
import type { Asking } from './subject.ts';

/** What its task did not need, of what a call carried: by path where the tool has such a field, else by number. */
export interface Surplus {
  readonly count: number;
  readonly names: readonly string[];
}

const mostTold = 16;
const deepest = 16;

/**
 * The arguments that are needed. INVARIANT: whatever was dropped is neither judged nor sent, and no value of it is told;
 * nor is a name that no schema has: its caller made it up.
 */
export function neededArguments(
  { configuration, principal }: Pick<Asking, 'configuration' | 'principal'>,
  target: Target,
  given: JsonObject,
): { readonly given: JsonObject; readonly surplus?: Surplus } | Refusal {
  const tenant = configuration.snapshot.tenants[principal.tenant];
  const manifest = tenant === undefined ? undefined : manifestFor(tenant, principal);
  const fields = manifest === undefined ? undefined : grantsTarget(manifest, target)?.fields;
  if (fields === undefined || fields.length === 0) return { given };
  const { value, surplus } = neededOf(given, fields);
  if (surplus.length === 0) return { given };
  const schema = tenant?.pins[target.owner]?.[target.name ?? '']?.definition['inputSchema'];
  const known = namesIn(schema ?? null);
  const names = surplus.filter((path) =>
    path.split('.').every((member) => known.has(member.replaceAll('[]', ''))),
  );
  const told: Surplus = { count: surplus.length, names: names.slice(0, mostTold) };
  if (!fields.some(({ refuse }) => refuse === true)) return { given: value, surplus: told };
  return refusal('tools/surplus-fields', {
    details: { count: told.count, names: [...told.names] },
  });
}

const known = new WeakMap<object, ReadonlySet<string>>();

/** Every name of a member that a schema says. */
function namesIn(schema: Json): ReadonlySet<string> {
  if (!isJsonObject(schema)) return new Set();
  const before = known.get(schema);
  if (before !== undefined) return before;
  const names = new Set<string>();
  collect(schema, names, 0);
  known.set(schema, names);
  return names;
}

function collect(schema: Json, names: Set<string>, depth: number): void {
  if (depth > deepest) return;
  if (Array.isArray(schema)) {
    for (const one of schema as readonly Json[]) collect(one, names, depth + 1);
  } else if (isJsonObject(schema)) {
    const { properties } = schema;
    if (isJsonObject(properties)) for (const name of Object.keys(properties)) names.add(name);
    for (const one of Object.values(schema)) collect(one, names, depth + 1);
  }
}
