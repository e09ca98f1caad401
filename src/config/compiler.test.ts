import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredDocument } from '#contracts/document-store.ts';
import type { Configuration, PartProblem } from '#contracts/plane-part.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { type Compiler, createCompiler, type ServerPin } from './index.ts';

const clock = new ManualClock();
let folder: string;
let stored: StoredDocument[];
let pins: ServerPin[];
let records: RecordDraft[];
let compiler: Compiler;
let partProblems: readonly PartProblem[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compiler-'));
  stored = [];
  pins = [];
  records = [];
  partProblems = [];
  compiler = createCompiler({
    store: {
      documents: {
        list: async () => stored,
        async replaceAll({ documents }: { documents: readonly StoredDocument[] }) {
          stored = documents.map((one) => ({ ...one, ...applied }));
          return { number: 1 };
        },
      },
      catalogue: { pins: async () => pins },
      secrets: { list: async () => [] },
      snapshots: {
        current: async () => ({ number: 0, snapshot: undefined }),
        publish: async () => undefined,
      },
    } as unknown as Parameters<typeof createCompiler>[0]['store'],
    kinds: [manifestKind, toolServerKind, policyKind],
    compile: async (snapshot) =>
      partProblems.length > 0
        ? { kind: 'refused', problems: partProblems }
        : { kind: 'compiled', configuration: configurationOf(snapshot) },
    carried: ({ snapshot }) => snapshot,
    beforePublish: async () => undefined,
    gateways: () => [],
    record: async (draft) => records.push(draft),
    clock,
    tenant: 'main',
    trust: () => ({ issuer: '', audience: '', keys: [] }),
  });
});

afterEach(() => rmSync(folder, { recursive: true }));

function configurationOf(snapshot: Snapshot): Configuration {
  const { number, digest } = snapshot;
  const of = () => {
    throw new Error('nobody asks here');
  };
  return { number, digest, snapshot, warnings: [], of };
}

const applied = {
  tenant: 'main',
  owner: 'folder',
  version: 1,
  appliedAt: 0,
  appliedBy: '',
} as const;

function pin(): void {
  const definition = { name: 'pay', inputSchema: { properties: { amount: {} } } };
  const pinned = { tool: 'pay', digest: 'd', definition, approvedBy: '', approvedAt: 0 };
  pins = [{ server: 'billing', pinned }];
}

const server = { connect: { url: 'http://127.0.0.1:1/' } };
const manifest = (argument: string): JsonObject => ({
  tools: [{ tool: 'billing/pay', arguments: { [argument]: { max: 5 } } }],
});

function write(argument: string): void {
  const documents = [
    { kind: 'ToolServer', name: 'billing', spec: server },
    { kind: 'Manifest', name: 'm', spec: manifest(argument) },
  ];
  const text = documents.map((one) => JSON.stringify(one)).join('\n---\n');
  writeFileSync(join(folder, 'all.yaml'), text);
}

async function problemsOf(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => [],
    (fault: unknown) => (fault instanceof BailiwickError ? fault.details?.['problems'] : fault),
  );
}

const stray =
  'Manifest `m`: `billing/pay` has no argument `ammount`, so its bound would bind nothing (did you mean `amount`?)';

describe('a bound on an argument that an approved tool does not have', () => {
  it('refuses the document that is put', async () => {
    const put = (argument: string) => {
      const spec = manifest(argument);
      const own = { kind: 'Manifest', name: 'm', spec, digest: argument };
      return problemsOf(compiler.rehearse('main', { ...own, ...applied, owner: 'api' }));
    };
    stored = [{ kind: 'ToolServer', name: 'billing', spec: server, digest: 's', ...applied }];
    expect(await put('ammount')).toEqual([]);
    pin();
    expect(await put('ammount')).toEqual([stray]);
    expect(await put('amount')).toEqual([]);
  });

  it('refuses the folder in which it is new, and not a start with what was stored before', async () => {
    write('ammount');
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([]);
    pin();
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([]);
    write('amount');
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([]);
    write('ammount');
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([stray]);
    expect(records).toMatchObject([{ type: 'config.refused', details: { problems: 1 } }]);
  });
});

describe('a policy that does not load', () => {
  const cedar = 'permit(principal, action, resource);';
  const document = { kind: 'Policy', name: 'sums' };
  const problem = { document, message: 'no attribute `total`', line: 3, column: 1 };

  it('is told with the file and the line of its document, and stays told until another loads', async () => {
    const text = `---\n${JSON.stringify({ kind: 'Policy', name: 'sums', spec: { cedar } })}\n`;
    writeFileSync(join(folder, 'policies.yaml'), text);
    await compiler.loadFolder(folder);
    partProblems = [problem];
    const told = await problemsOf(compiler.recompile());
    expect(told).toEqual([
      expect.stringMatching(/^policy sums:3: no attribute `total` .*policies\.yaml:\d+\)$/),
    ]);
    expect(compiler.problems()).toEqual(told);
    partProblems = [];
    await compiler.recompile();
    expect(compiler.problems()).toEqual([]);
  });
});
