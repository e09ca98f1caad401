import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import { asPermit } from './head.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

const corpora = process.env['BAILIWICK_CORPORA'] ?? resolve('..', 'shared', 'data');
const root = join(corpora, 'cedar');
const absent = `the official Cedar tests are not at ${root}; set BAILIWICK_CORPORA`;

interface Case {
  readonly name: string;
  readonly policies: string;
  readonly schema: string;
  readonly entities: cedarWasm.Entities;
  readonly shouldValidate: boolean;
  readonly requests: readonly {
    readonly principal: cedarWasm.TypeAndId;
    readonly action: cedarWasm.TypeAndId;
    readonly resource: cedarWasm.TypeAndId;
    readonly context: cedarWasm.Context;
    readonly decision: 'allow' | 'deny';
    readonly reason: readonly string[];
    readonly errors: readonly string[];
  }[];
}

type ReadFile = (path: string) => Buffer;

/** Undefined for numbers that no JavaScript program can hold; the product refuses them too. */
function readCase(read: ReadFile, path: string): Case | undefined {
  try {
    const described = parseJson(read(path)) as unknown as Omit<Case, 'name' | 'entities'> & {
      readonly entities: string;
    };
    return {
      ...described,
      name: path,
      policies: read(described.policies).toString('utf8'),
      schema: read(described.schema).toString('utf8'),
      entities: parseJson(read(described.entities)) as unknown as cedarWasm.Entities,
    };
  } catch (fault) {
    if (fault instanceof BailiwickError) return undefined;
    throw fault;
  }
}

type Answer = { decision: string; reason: readonly string[]; errors: readonly string[] };

function ask(each: Case, request: Case['requests'][number], policies: cedarWasm.PolicySet) {
  const { principal, action, resource, context } = request;
  const { entities, schema } = each;
  return cedar.isAuthorized({
    principal,
    action,
    resource,
    context,
    entities,
    schema,
    policies,
    validateRequest: false,
  });
}

function plain(each: Case, request: Case['requests'][number]): Answer | undefined {
  const answer = ask(each, request, { staticPolicies: each.policies });
  if (answer.type === 'failure') return undefined;
  const { decision, diagnostics } = answer.response;
  return {
    decision,
    reason: [...diagnostics.reason].sort(),
    errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
  };
}

/** The same question, asked the way our engine asks: every rule as a permit, sorted out after. */
function asEngineAsks(each: Case, request: Case['requests'][number]): Answer | undefined {
  const parts = cedar.policySetTextToParts(each.policies);
  if (parts.type === 'failure' || parts.policy_templates.length > 0) return undefined;
  const ids = parts.policies.map((_text, index) => `policy${index}`).sort();
  const forbids = new Set<string>();
  const questions: Record<string, string> = {};
  for (const [index, text] of parts.policies.entries()) {
    const id = ids[index] ?? '';
    questions[id] = asPermit(text);
    if (questions[id] !== text) forbids.add(id);
  }
  const answer = ask(each, request, { staticPolicies: questions });
  if (answer.type === 'failure') return undefined;
  const { reason, errors } = answer.response.diagnostics;
  const forbidding = reason.filter((id) => forbids.has(id));
  const permitting = reason.filter((id) => !forbids.has(id));
  const allowed = forbidding.length === 0 && permitting.length > 0;
  return {
    decision: allowed ? 'allow' : 'deny',
    reason: (forbidding.length > 0 ? forbidding : permitting).sort(),
    errors: errors.map(({ policyId }) => policyId).sort(),
  };
}

/** How many requests were compared, and what differed. */
function compare(cases: readonly Case[]): { compared: number; differences: readonly string[] } {
  let compared = 0;
  const differences: string[] = [];
  for (const each of cases) {
    for (const [index, request] of each.requests.entries()) {
      const answers = [plain(each, request), asEngineAsks(each, request)];
      if (answers.includes(undefined)) continue;
      compared += 1;
      const wanted = JSON.stringify({
        decision: request.decision,
        reason: [...request.reason].sort(),
        errors: [...request.errors].sort(),
      });
      const wrong = answers.map((answer) => JSON.stringify(answer)).filter((got) => got !== wanted);
      differences.push(...wrong.map((got) => `${each.name} ${index}: ${got}, wanted ${wanted}`));
    }
  }
  return { compared, differences };
}

function untar(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = archive.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8);
    if (name === '' || Number.isNaN(size)) break;
    files.set(name, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** The machine may be busy: what is compared counts here, not how long it takes. */
const patience = { timeout: 300_000 };

describe('the official Cedar tests', patience, () => {
  it('are answered as recorded, plainly and the way our engine asks [POL-21]', (context) => {
    if (!existsSync(root)) context.skip(absent);
    const read: ReadFile = (path) => readFileSync(join(root, path));
    const paths = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .sort();
    const cases = paths.flatMap((path) => readCase(read, join('tests', path)) ?? []);
    const { compared, differences } = compare(cases);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(50);
  });

  it('are validated as recorded', (context) => {
    if (!existsSync(root)) context.skip(absent);
    const read: ReadFile = (path) => readFileSync(join(root, path));
    const paths = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' });
    const verdicts = paths
      .filter((path) => path.endsWith('.json'))
      .flatMap((path) => readCase(read, join('tests', path)) ?? [])
      .map(({ name, schema, policies, shouldValidate }) => {
        const answer = cedar.validate({ schema, policies: { staticPolicies: policies } });
        const valid = answer.type === 'success' && answer.validationErrors.length === 0;
        return { name, agrees: valid === shouldValidate };
      });
    expect(verdicts.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(20);
  });

  it('answers a sample of the fuzz corpus as recorded, both ways [POL-21]', (context) => {
    const archive = join(root, 'corpus-tests.tar.gz');
    if (!existsSync(archive)) context.skip(absent);
    const files = untar(gunzipSync(readFileSync(archive)));
    const read: ReadFile = (path) => {
      const file = files.get(path);
      if (file === undefined) throw new Error(`${path} is not in the archive`);
      return file;
    };
    const paths = [...files.keys()]
      .filter((path) => path.endsWith('.json') && !path.endsWith('.entities.json'))
      .sort()
      .filter((_path, index) => index % 40 === 0);
    const { compared, differences } = compare(paths.flatMap((path) => readCase(read, path) ?? []));
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(500);
  });
});
