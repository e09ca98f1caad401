import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carriedSnapshot, compileConfiguration } from '#gateway/index.ts';
import { decisionInput, refundPin } from '#contracts/policy-engine.suite.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { createPlaneParts } from './catalogue.ts';

const cedar =
  '@id("r") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };';

const plain: Snapshot = {
  number: 1,
  digest: 'd',
  createdAt: 0,
  epoch: 0,
  tenants: {
    main: {
      tenant: 'main',
      agents: {},
      manifests: {},
      servers: {},
      policies: [{ name: 'p', cedar }],
      secrets: {},
      pins: { billing: { create_refund: refundPin } },
    },
  },
  tokens: { issuer: 'i', audience: 'a', keys: [] },
};

/** A program that does with a Snapshot what a gateway does, and says what it had to load for it. */
const program = `
import { createRequire } from 'node:module';
const { createPlaneParts } = await import(${JSON.stringify(new URL('./catalogue.ts', import.meta.url).href)});
const threads = () => process.getActiveResourcesInfo().filter((name) => /worker|messageport/i.test(name)).length;
const [snapshot, input] = JSON.parse(process.argv[2]);
const { policy } = createPlaneParts();
const compiled = await policy.compile(snapshot, undefined);
const started = threads();
const questions = { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false };
const { effect } = await compiled.view.decide(input, questions);
const cedar = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('cedar'));
process.stdout.write(JSON.stringify({ effect, cedar, started }));
process.exit();
`;

function run(snapshot: Snapshot): unknown {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  const given = JSON.stringify([snapshot, decisionInput()]);
  return JSON.parse(execFileSync(process.execPath, [file, given], { encoding: 'utf8' }));
}

let folder: string;
let published: Snapshot;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'no-wasm-'));
  const parts = [createPlaneParts().policy];
  const compiled = await compileConfiguration(parts, plain, undefined);
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  published = carriedSnapshot(parts, compiled.configuration);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('a gateway that is given what control made of the policies', () => {
  it('has it beside the policies, and the digest says nothing of it', () => {
    const { judgedPolicies, ...rest } = published.tenants['main'] ?? {};
    expect({ ...published, tenants: { main: rest } }).toEqual(plain);
    expect(judgedPolicies).toMatch(/^[A-Za-z0-9+/=]{100,}$/);
  });

  it('decides without the reference implementation, and starts no thread to be ready', () => {
    expect(run(published)).toEqual({ effect: 'allow', cedar: [], started: 0 });
  });

  it('judges by itself what comes without it, in a thread: an older store, or an older control', () => {
    expect(run(plain)).toMatchObject({ effect: 'allow', cedar: [] });
  });
});
