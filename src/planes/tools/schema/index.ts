import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { Compiler } from './compiler.ts';
import { compilePattern } from './scalars.ts';
import {
  type Check,
  type CompiledSchema,
  type Draft,
  OutOfBudget,
  type Run,
  type SchemaVerdict,
  Unsupported,
  type UnsupportedSchema,
} from './types.ts';

export type { CompiledSchema, SchemaProblem, SchemaVerdict, UnsupportedSchema } from './types.ts';

export interface CompileOptions {
  /** `refuse`: a member of the value that the root schema does not name is refused. */
  readonly unnamed: 'refuse' | 'as-declared';
  readonly maxNodes?: number;
}

/** Draft-07 where the schema says so, else 2020-12. What cannot be checked safely is unsupported. */
export function compileSchema(
  schema: Json,
  options: CompileOptions,
): CompiledSchema | UnsupportedSchema {
  try {
    const compiler = new Compiler(schema, draftOf(schema), options.maxNodes);
    const check = compiler.compile(schema, '#');
    const names = options.unnamed === 'refuse' ? namesOf(schema) : undefined;
    return {
      kind: 'compiled',
      validate: (value, budget = limits.schemaWork) => validate(check, names, value, budget),
    };
  } catch (fault) {
    if (fault instanceof Unsupported) return { kind: 'unsupported', reason: fault.message };
    // A schema so deep that compiling it exhausts the stack is no schema to serve.
    if (fault instanceof RangeError)
      return { kind: 'unsupported', reason: 'the schema is too deep' };
    throw fault;
  }
}

const drafts: Readonly<Record<string, Draft>> = {
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft-07/schema': '07',
};

function draftOf(schema: Json): Draft {
  if (!isJsonObject(schema) || typeof schema['$schema'] !== 'string') return '2020-12';
  const draft = drafts[schema['$schema'].replace(/#$/, '')];
  if (draft === undefined)
    throw new Unsupported('the schema dialect is neither draft-07 nor 2020-12');
  return draft;
}

type Names = (name: string) => boolean;

/** A root that names nothing at all names nothing: then every argument is unnamed. */
function namesOf(schema: Json): Names | undefined {
  if (!isJsonObject(schema)) return undefined;
  const known = new Set<string>();
  const patterns: ((name: string) => boolean)[] = [];
  collect(schema, known, patterns, 0);
  return (name) => known.has(name) || patterns.some((matches) => matches(name));
}

/** Names may stand in the branches of the root as well. */
function collect(
  schema: JsonObject,
  known: Set<string>,
  patterns: ((name: string) => boolean)[],
  depth: number,
): void {
  if (isJsonObject(schema['properties'])) {
    for (const name of Object.keys(schema['properties'])) known.add(name);
  }
  if (isJsonObject(schema['patternProperties'])) {
    for (const pattern of Object.keys(schema['patternProperties']))
      patterns.push(compilePattern(pattern));
  }
  if (depth > 4) return;
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const one of list as readonly Json[])
      if (isJsonObject(one)) collect(one, known, patterns, depth + 1);
  }
  for (const keyword of ['if', 'then', 'else']) {
    const one = schema[keyword];
    if (isJsonObject(one)) collect(one, known, patterns, depth + 1);
  }
}

function validate(
  check: Check,
  names: Names | undefined,
  value: Json,
  budget: number,
): SchemaVerdict {
  const run: Run = { work: budget, problems: [], silent: 0, scopes: [] };
  try {
    if (names !== undefined && isJsonObject(value)) {
      for (const name of Object.keys(value)) {
        if (!names(name)) return { kind: 'unnamed', path: '', name };
      }
    }
    return check(value, '', run, undefined)
      ? { kind: 'valid' }
      : { kind: 'invalid', problems: run.problems };
  } catch (fault) {
    if (fault instanceof OutOfBudget || fault instanceof RangeError) return { kind: 'budget' };
    throw fault;
  }
}
