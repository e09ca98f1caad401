import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { compileSchema } from './index.ts';

const corpora =
  process.env['BAILIWICK_CORPORA'] ??
  fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const suite = join(corpora, 'json-schema', 'tests');
const there = existsSync(suite);
if (!there) console.warn(`JSON-Schema-Test-Suite is not at ${suite}: its tests skip`);

/** Left out, each with its reason; a case here that passes after all is an error. */
const leftOut: Readonly<Record<string, string>> = {
  'refRemote.json': 'remote references are never fetched',
  'vocabulary.json': 'custom vocabularies are remote metaschemas',
};

interface Group {
  readonly description: string;
  readonly schema: Json;
  readonly tests: readonly {
    readonly description: string;
    readonly data: Json;
    readonly valid: boolean;
  }[];
}

describe.each(['draft7', 'draft2020-12'])('the JSON-Schema-Test-Suite, %s', (draft) => {
  it.skipIf(!there)('agrees on every required case that needs no network [TOL-15]', () => {
    const wrong: string[] = [];
    let right = 0;
    let refused = 0;
    for (const file of readdirSync(join(suite, draft)).filter((one) => one.endsWith('.json'))) {
      if (leftOut[file] !== undefined) continue;
      const groups = readSuite(join(suite, draft, file));
      for (const group of groups) {
        const compiled = compileSchema(dialect(group.schema, draft), { unnamed: 'as-declared' });
        if (compiled.kind === 'unsupported') {
          refused += 1;
          if (!isRefusedOnPurpose(group, compiled.reason))
            wrong.push(`${file}: ${group.description}: ${compiled.reason}`);
          continue;
        }
        for (const test of group.tests) {
          const verdict = compiled.validate(test.data, 1_000_000);
          if ((verdict.kind === 'valid') === test.valid) right += 1;
          else wrong.push(`${file}: ${group.description}: ${test.description}: ${verdict.kind}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(draft === 'draft7' ? 800 : 1_100);
    expect(refused).toBeLessThan(60);
  });
});

/** The suite has cases with keys that our own parser refuses, so its files are read as they are. */
function readSuite(file: string): Group[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Group[];
}

function dialect(schema: Json, draft: string): Json {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  if (draft !== 'draft7' || (schema as JsonObject)['$schema'] !== undefined) return schema;
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...(schema as JsonObject) };
}

/** Schemas that point at other documents, at the metaschema, or at patterns that RE2 cannot run. */
function isRefusedOnPurpose(group: Group, reason: string): boolean {
  return /leads outside|linear time|dialect/.test(reason) && group.tests.length > 0;
}
