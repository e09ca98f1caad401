import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { parseJson } from '#kernel/json/index.ts';
import {
  authorize,
  buildAtOnce,
  entitiesFromJson,
  type PlainRule,
  plainRule,
  recordOf,
  uidOf,
} from './index.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

const corpora = process.env['BAILIWICK_CORPORA'] ?? resolve('..', 'shared', 'data');
const root = join(corpora, 'cedar');
const archive = join(root, 'corpus-tests.tar.gz');

/** Why there is nothing to compare with; undefined when there is. */
export const absent = existsSync(archive)
  ? undefined
  : `the official Cedar tests are not at ${root}; set BAILIWICK_CORPORA`;

type Members = Readonly<Record<string, unknown>>;

export interface Case {
  readonly name: string;
  readonly policies: string;
  readonly schema: string;
  readonly entities: readonly Members[];
  readonly requests: readonly (Members & {
    readonly context: Members;
    readonly action: { readonly type: string; readonly id: string };
    readonly decision: string;
    readonly reason: readonly string[];
    readonly errors: readonly string[];
  })[];
}

/** The integration tests, whose values are of the types of their schema. */
export function integrationCases(): readonly Case[] {
  const read = (path: string) => readFileSync(join(root, path));
  return readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => withTypes(readCase(read, join('tests', path))));
}

/** Every one of the generated cases that `picks` takes, read when it is asked for. */
export function* generatedCases(picks: (index: number) => boolean): Generator<Case> {
  const files = untar(gunzipSync(readFileSync(archive)));
  const read = (path: string): Buffer => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`${path} is not in the archive`);
    return file;
  };
  const paths = [...files.keys()]
    .filter((path) => path.endsWith('.json') && !path.endsWith('.entities.json'))
    .sort();
  for (const [index, path] of paths.entries()) if (picks(index)) yield readCase(read, path);
}

function readCase(read: (path: string) => Buffer, name: string): Case {
  const described = exactJson(read(name)) as Omit<Case, 'name'> & { readonly entities: unknown };
  return {
    ...described,
    name,
    policies: read(described.policies).toString('utf8'),
    schema: read(described.schema).toString('utf8'),
    entities: exactJson(read(described.entities as unknown as string)) as Case['entities'],
  };
}

function untar(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= bytes.length; ) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136), 8);
    if (name === '' || Number.isNaN(size)) break;
    files.set(name, bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** JSON with whole numbers of 64 bits, which no parser of JavaScript's reads. */
function exactJson(bytes: Buffer): unknown {
  const text = bytes
    .toString('utf8')
    .replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}/g, (token) =>
      token.startsWith('"') ? token : `{"exactly":"${token}"}`,
    );
  return replaced(parseJson(Buffer.from(text)), (value) =>
    typeof value === 'object' && value !== null && 'exactly' in value
      ? BigInt(value.exactly as string)
      : undefined,
  );
}

function replaced(value: unknown, other: (value: unknown) => unknown): unknown {
  const found = other(value);
  if (found !== undefined) return found;
  if (Array.isArray(value)) return value.map((item) => replaced(item, other));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, replaced(member, other)]),
  );
}

const firstMark = 2 ** 53 - 10_000;

/**
 * Cedar's JSON form of a policy with integers as they are written. The wasm gives them as rounded
 * numbers, so a mark that is a safe integer stands for each while it reads.
 */
export function exactForm(text: string): unknown {
  const marks = new Map<number, bigint>();
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[A-Za-z_]\w*|\d+/g, (token) => {
    if (!/^\d/.test(token) || BigInt(token) < firstMark) return token;
    const mark = firstMark + marks.size;
    marks.set(mark, BigInt(token));
    return `${mark}`;
  });
  const read = cedar.policyToJson(marked);
  if (read.type === 'failure') throw new Error(JSON.stringify(read.errors));
  return replaced(read.json, (value) => {
    const long = typeof value === 'number' ? marks.get(Math.abs(value)) : undefined;
    return long !== undefined && (value as number) < 0 ? -long : long;
  });
}

/** The policies of a text by the names that Cedar gives them: by their order in it. */
export function policiesOf(text: string): readonly string[] {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') throw new Error(JSON.stringify(parts.errors));
  const searchedTo = new Map<string, number>();
  return parts.policies
    .map((policy) => {
      const at = text.indexOf(policy, searchedTo.get(policy) ?? 0);
      searchedTo.set(policy, at + 1);
      return { policy, at };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ policy }) => policy);
}

type Schema = Readonly<Record<string, cedarWasm.NamespaceDefinition<string>>>;

/** Actions are entities too, and only the schema says what they are in. */
function actionsOf({ schema, entities }: Case): readonly Members[] {
  if (!/\baction\b[^;{]*\bin\b/.test(schema)) return [];
  const read = cedar.schemaToJson(schema);
  if (read.type === 'failure') throw new Error(JSON.stringify(read.errors));
  const known = new Set(entities.map(({ uid }) => uidOf(uid).key));
  return Object.entries(read.json as Schema)
    .flatMap(([namespace, { actions }]) => {
      const type = namespace === '' ? 'Action' : `${namespace}::Action`;
      return Object.entries(actions).map(([id, { memberOf }]) => ({
        uid: { type, id },
        parents: (memberOf ?? []).map((parent) => ({ type, ...parent })),
      }));
    })
    .filter(({ uid }) => !known.has(uidOf(uid).key));
}

export interface Compared {
  requests: number;
  readonly differences: string[];
  readonly fallen: string[];
}

export function newComparison(): Compared {
  return { requests: 0, differences: [], fallen: [] };
}

/** What the compiled rules answer, beside what is recorded. */
export function compare(each: Case, into: Compared): void {
  const plain: PlainRule[] = [];
  for (const [index, text] of policiesOf(each.policies).entries()) {
    const one = plainRule(`policy${index}`, exactForm(text));
    if (one.kind === 'compiled') plain.push(one.plain);
    else into.fallen.push(`${each.name} policy${index}: ${one.why}`);
  }
  const rules = buildAtOnce(JSON.parse(JSON.stringify(plain)) as PlainRule[]);
  const entities = entitiesFromJson([...each.entities, ...actionsOf(each)]);
  for (const [index, request] of each.requests.entries()) {
    const { decision, reason, errors } = authorize(rules, {
      principal: uidOf(request['principal']),
      action: uidOf(request.action),
      resource: uidOf(request['resource']),
      context: recordOf(request.context),
      entities,
    });
    into.requests += 1;
    const got = JSON.stringify({ decision, reason, errors: errors.map(({ id }) => id).sort() });
    const wanted = JSON.stringify({
      decision: request.decision,
      reason: request.reason.toSorted(),
      errors: request.errors.toSorted(),
    });
    if (got !== wanted) into.differences.push(`${each.name} ${index}: ${got}, wanted ${wanted}`);
  }
}

/** The integration tests leave out the escapes where the schema says what a value is. */
function withTypes(each: Case): Case {
  const read = cedar.schemaToJsonWithResolvedTypes(each.schema);
  if (read.type === 'failure') throw new Error(read.errors.map(({ message }) => message).join());
  const schema = (read.json as Schema)[''];
  return {
    ...each,
    entities: each.entities.map((entity) => {
      const { type } = uidOf(entity['uid']);
      const of = schema?.entityTypes[type];
      const shape = of !== undefined && 'shape' in of ? of.shape : undefined;
      return { ...entity, attrs: escaped(entity['attrs'], shape) };
    }),
    requests: each.requests.map((request) => {
      const shape = schema?.actions[request.action.id]?.appliesTo?.context;
      return { ...request, context: escaped(request.context, shape) as Members };
    }),
  };
}

const constructors: Readonly<Record<string, string>> = { ipaddr: 'ip' };

function escaped(value: unknown, type: cedarWasm.Type<string> | undefined): unknown {
  if (type === undefined) return value;
  if ('element' in type) return (value as unknown[]).map((item) => escaped(item, type.element));
  if ('attributes' in type) {
    return Object.fromEntries(
      Object.entries(value as Members).map(([name, member]) => [
        name,
        escaped(member, type.attributes[name]),
      ]),
    );
  }
  const isBare =
    typeof value === 'string' || (typeof value === 'object' && !('__entity' in value!));
  if (type.type === 'Entity' && isBare) return { __entity: value };
  if (type.type !== 'Extension' || !('name' in type) || typeof value !== 'string') return value;
  return { __extn: { fn: constructors[type.name] ?? type.name, arg: value } };
}
