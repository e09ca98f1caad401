import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel/json/index.ts';
import { compileSchema } from './index.ts';

const corpora =
  process.env['BAILIWICK_CORPORA'] ??
  fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const suite = join(corpora, 'json-schema', 'tests');
const present = existsSync(suite);
if (!present) console.warn(`SKIPPED: the JSON-Schema-Test-Suite is not at ${suite}`);

// The counts are of cases that hold: 900 and 1,246 required ones, the rest at the edges.
const remote = 'refers to another document, which is never fetched';
const metaschema = 'refers to the metaschema, which is another document';
const dialect = 'declares a dialect of its own, which is refused';

/** Refused when compiled, each for its reason. A group here that compiles is an error. */
const refusedInBoth: Readonly<Record<string, string>> = {
  'refRemote.json': remote,
  'ref.json: remote ref, containing refs itself': metaschema,
};
const refused: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  draft7: {
    ...refusedInBoth,
    'definitions.json: validate definition against metaschema': metaschema,
  },
  'draft2020-12': {
    ...refusedInBoth,
    'defs.json: validate definition against metaschema': metaschema,
    'dynamicRef.json: strict-tree schema, guards against misspelled properties': remote,
    'dynamicRef.json: tests for implementation dynamic anchor and reference link': remote,
    'dynamicRef.json: $ref and $dynamicAnchor are independent of order - $defs first': remote,
    'dynamicRef.json: $ref and $dynamicAnchor are independent of order - $ref first': remote,
    'dynamicRef.json: $ref to $dynamicRef finds detached $dynamicAnchor': remote,
    'vocabulary.json': dialect,
  },
};

/** Of the optional cases those that say how required keywords behave at their edges. */
const optional = [
  'anchor bignum dependencies-compatibility dynamicRef ecmascript-regex float-overflow id',
  'no-schema non-bmp-regex refOfUnknownKeyword unknownKeyword',
]
  .join(' ')
  .split(' ')
  .map((name) => `optional/${name}.json`);

function filesOf(draft: string): readonly string[] {
  const required = readdirSync(join(suite, draft)).filter((name) => name.endsWith('.json'));
  return [...required, ...optional.filter((name) => existsSync(join(suite, draft, name)))];
}

interface Group {
  readonly description: string;
  readonly schema: Json;
  readonly tests: readonly {
    readonly description: string;
    readonly data: Json;
    readonly valid: boolean;
  }[];
}

/** The files have members named `__proto__`, which our own reader refuses. */
function groupsOf(draft: string, file: string): readonly Group[] {
  return JSON.parse(readFileSync(join(suite, draft, file), 'utf8')) as Group[];
}

function inDraft(schema: Json, draft: string): Json {
  if (draft !== 'draft7' || typeof schema !== 'object' || schema === null) return schema;
  const { $schema, ...rest } = schema as Record<string, Json>;
  return { $schema: $schema ?? 'http://json-schema.org/draft-07/schema#', ...rest };
}

interface Outcome {
  readonly wrong: string[];
  readonly reasonsUsed: Set<string>;
  right: number;
}

function runGroup(draft: string, file: string, group: Group, outcome: Outcome): void {
  const place = `${file}: ${group.description}`;
  const compiled = compileSchema(inDraft(group.schema, draft), { unnamed: 'as-declared' });
  const listed = [place, file].find((key) => refused[draft]?.[key] !== undefined);
  if (compiled.kind === 'unsupported') {
    if (listed === undefined) outcome.wrong.push(`${place}: ${compiled.reason}`);
    else outcome.reasonsUsed.add(place).add(listed);
    return;
  }
  // Some groups of a listed file need nothing remote.
  if (listed === place) outcome.wrong.push(`${place}: compiles, so it must leave the list`);
  for (const test of group.tests) {
    const verdict = compiled.validate(test.data);
    if ((verdict.kind === 'valid') === test.valid) outcome.right += 1;
    else outcome.wrong.push(`${place}: ${test.description}: ${verdict.kind}`);
  }
}

describe('the JSON-Schema-Test-Suite', () => {
  it.skipIf(!present).each([
    { draft: 'draft7', rightCases: 1_006 },
    { draft: 'draft2020-12', rightCases: 1_403 },
  ])('holds in every case of $draft that needs no other document [TOL-15]', (given) => {
    const { draft, rightCases } = given;
    const outcome: Outcome = { wrong: [], reasonsUsed: new Set(), right: 0 };
    for (const file of filesOf(draft)) {
      for (const group of groupsOf(draft, file)) runGroup(draft, file, group, outcome);
    }
    expect(outcome.wrong).toEqual([]);
    expect(
      Object.keys(refused[draft] ?? {}).filter((key) => !outcome.reasonsUsed.has(key)),
    ).toEqual([]);
    expect(outcome.right).toBe(rightCases);
  });
});
