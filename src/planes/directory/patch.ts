import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Comparison } from './filter.ts';
import { type PatchPath, readPath } from './patch-path.ts';
import { distinct, type Plain, readItem, readPart, readValue } from './read-resource.ts';
import type { Attribute, ResourceSchema } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

export const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Op = 'add' | 'replace' | 'remove';
type Structured = Extract<Attribute, { kind: 'complex' | 'many' }>;

/**
 * RFC 7644 §3.5.2, as Entra and Okta write it: `Replace`, a value without a path, paths as names of
 * members, members taken out by value. All of it or nothing.
 */
export function applyPatch(schema: ResourceSchema, before: Plain, body: JsonObject): Plain {
  const after: Plain = Object.assign(Object.create(null) as Plain, before);
  for (const { op, path, value } of operationsOf(body)) {
    if (path !== undefined) {
      change(after, readPath(schema, path), { op, value });
    } else if (op !== 'remove' && isJsonObject(value)) {
      for (const [name, one] of Object.entries(value)) {
        change(after, readPath(schema, name), { op, value: one });
      }
    } else {
      throw scimProblem('noTarget', 'an operation without a path adds or replaces an object');
    }
  }
  return after;
}

interface Operation {
  readonly op: Op;
  readonly path?: string;
  readonly value: Json | undefined;
}

function operationsOf({ schemas, Operations: given }: JsonObject): readonly Operation[] {
  if (!Array.isArray(schemas) || !schemas.includes(patchUrn)) {
    throw scimProblem('invalidSyntax', `\`schemas\` of a change names ${patchUrn}`);
  }
  if (!Array.isArray(given) || given.length === 0) {
    throw scimProblem('invalidSyntax', '`Operations` is a list of at least one');
  }
  if (given.length > limits.directoryOperations) {
    throw scimProblem('tooMany', `at most ${limits.directoryOperations} operations at once`);
  }
  return (given as readonly Json[]).map(readOperation);
}

function readOperation(given: Json): Operation {
  if (!isJsonObject(given)) throw scimProblem('invalidSyntax', 'an operation is an object');
  const { op, path, value } = given;
  const act = typeof op === 'string' ? op.toLowerCase() : '';
  if (act !== 'add' && act !== 'replace' && act !== 'remove') {
    throw scimProblem('invalidSyntax', '`op` is add, replace or remove');
  }
  if (act !== 'remove' && value === undefined) {
    throw scimProblem('invalidValue', `to ${act} needs a \`value\``);
  }
  if (path === undefined || path === null || path === '') return { op: act, value };
  if (typeof path !== 'string') throw scimProblem('invalidPath', '`path` is a text');
  return { op: act, path, value };
}

interface Given {
  readonly op: Op;
  readonly value: Json | undefined;
}

function change(after: Plain, path: PatchPath | undefined, given: Given): void {
  if (path === undefined) return;
  const { name, attribute } = path;
  const next = changed(path, after[name], given);
  const isEmpty = next === undefined || (Array.isArray(next) && next.length === 0);
  if (isEmpty || (attribute.kind === 'complex' && Object.keys(next as JsonObject).length === 0)) {
    delete after[name];
  } else {
    after[name] = next;
  }
}

function changed(path: PatchPath, before: Json | undefined, given: Given): Json | undefined {
  const { name, attribute, part } = path;
  const { op, value = null } = given;
  switch (attribute.kind) {
    case 'text':
    case 'boolean':
      return op === 'remove' ? undefined : readValue(attribute, name, value);
    case 'complex': {
      const held = isJsonObject(before) ? before : {};
      if (part !== undefined) return withPart(attribute, held, part, given);
      if (op === 'remove') return undefined;
      const read = readValue(attribute, name, value);
      return isJsonObject(read) ? { ...held, ...read } : undefined;
    }
    case 'many':
      return changedList(path, attribute, listOf(before), given);
  }
}

function changedList(
  { name, where, part }: PatchPath,
  attribute: Structured,
  before: readonly JsonObject[],
  given: Given,
): readonly JsonObject[] {
  const { op, value = null } = given;
  if (where.length === 0 && part === undefined) {
    const read = value === null ? [] : listOf(readValue(attribute, name, value));
    if (op === 'add') return distinct([...before, ...read]);
    if (op === 'replace') return read;
    // Without a value everything goes; with one, as Entra writes it, only those.
    if (value === null) return [];
    const gone = new Set(read.map((item) => item['value']));
    return before.filter((item) => !gone.has(item['value']));
  }
  const isMeant = (item: JsonObject) => where.every((one) => holds(item, one));
  if (op === 'remove' && part === undefined) return before.filter((item) => !isMeant(item));
  const items = before.some(isMeant) || op === 'remove' ? before : [...before, blankOf(where)];
  const next = items.flatMap((item) => {
    if (!isMeant(item)) return [item];
    if (part !== undefined) return [withPart(attribute, item, part, given)];
    return isJsonObject(value)
      ? [{ ...item, ...readItem(attribute, name, { ...item, ...value }) }]
      : [];
  });
  return distinct(next.filter((item) => item['value'] !== undefined));
}

/** A path that finds nothing makes what it looks for: so Entra adds an address. */
function blankOf(where: readonly Comparison[]): JsonObject {
  return Object.fromEntries(where.map(({ attribute, value }) => [attribute, value]));
}

function holds(item: JsonObject, { attribute, value }: Comparison): boolean {
  const held = item[attribute];
  if (typeof held === 'string' && typeof value === 'string') {
    return attribute === 'value' ? held === value : held.toLowerCase() === value.toLowerCase();
  }
  return (held ?? false) === value;
}

function withPart(
  { parts }: Structured,
  item: JsonObject,
  part: string,
  { op, value = null }: Given,
): JsonObject {
  const { [part]: _gone, ...others } = item;
  const kind = parts[part];
  if (op === 'remove' || value === null || kind === undefined) return others;
  return { ...others, [part]: readPart(kind, part, value) };
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
}
