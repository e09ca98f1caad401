import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredDocument } from '#contracts/document-store.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { Configuration, PartProblem } from '#contracts/plane-part.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { type Compiler, createCompiler, type ServerPin } from './index.ts';

interface Replaced {
  readonly documents: readonly StoredDocument[];
  readonly also?: readonly OutboxDraft[];
}

const clock = new ManualClock();
let folder: string;
let stored: StoredDocument[];
let pins: ServerPin[];
let records: RecordDraft[];
let published: number[];
let compiler: Compiler;
let owed: OutboxDraft[];
let partProblems: readonly PartProblem[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compiler-'));
  stored = [];
  pins = [];
  records = [];
  published = [];
  owed = [];
  partProblems = [];
  compiler = createCompiler({
    store: {
      documents: {
        list: async () => stored,
        async replaceAll({ documents, also }: Replaced) {
          owed.push(...(also ?? []));
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
    onPublished: ({ number }) => void published.push(number),
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

describe('whoever follows what is in force', () => {
  it('is told of each Snapshot once it is, and of none that is the same', async () => {
    stored = [{ kind: 'ToolServer', name: 'billing', spec: server, digest: 's', ...applied }];
    await compiler.recompile();
    expect(published).toEqual([compiler.current()?.number]);
    await compiler.recompile();
    expect(published).toHaveLength(1);
  });
});

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
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([`all.yaml:3:1: ${stray}`]);
    expect(records).toMatchObject([{ type: 'config.refused', details: { problems: 1 } }]);
  });
});

describe('a start with a folder that was emptied', () => {
  it('is refused, on record, and takes nothing out of what is stored', async () => {
    rmSync(join(folder, 'all.yaml'), { force: true });
    // Nothing of a folder was ever stored: a start with none is as good as one without a folder.
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([]);
    write('amount');
    await compiler.loadFolder(folder);
    const before = stored.length;
    rmSync(join(folder, 'all.yaml'));
    records.length = 0;
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([
      'the folder holds no document any more',
    ]);
    expect(before).toBeGreaterThan(0);
    expect(stored).toHaveLength(before);
    expect(records).toMatchObject([{ type: 'config.refused' }]);
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
      expect.stringMatching(/^policies\.yaml:2:\d+: policy sums:3: no attribute `total`$/),
    ]);
    expect(compiler.problems()).toEqual(told);
    partProblems = [];
    await compiler.recompile();
    expect(compiler.problems()).toEqual([]);
  });
});

describe('a folder that changes while it serves', () => {
  const same = async () => true;
  const put = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const policy = (cedar: string) => {
    const lines = cedar.split('\n').map((line) => `    ${line}`);
    return ['kind: Policy', 'name: sums', 'spec:', '  cedar: |', ...lines, ''].join('\n');
  };
  const digests = () => stored.map(({ kind, name, digest }) => `${kind}/${name} ${digest}`);

  beforeEach(async () => {
    write('amount');
    await compiler.loadFolder(folder);
    await compiler.recompile();
    records.length = 0;
  });

  it('comes into force, whole', async () => {
    put('policies.yaml', policy('permit(principal, action, resource);'));
    const next = await compiler.applyFolder(folder, same);
    expect(next?.number).toBe(2);
    expect(compiler.current()?.tenants['main']?.policies).toHaveLength(1);
    expect(records).toMatchObject([{ type: 'config.applied', details: { number: 2 } }]);
  });

  it('takes what was approved of a tool server along when its document is gone, and only then', async () => {
    put('policies.yaml', policy('permit(principal, action, resource);'));
    await compiler.applyFolder(folder, same);
    // The same documents, in another file.
    renameSync(join(folder, 'all.yaml'), join(folder, 'moved.yaml'));
    await compiler.applyFolder(folder, same);
    expect(owed).toEqual([]);
    rmSync(join(folder, 'moved.yaml'));
    await compiler.applyFolder(folder, same);
    expect(owed).toMatchObject([{ kind: 'server-removed', body: { server: 'billing' } }]);
  });

  it('with a problem changes nothing, is told with file and line until it is mended, and is on record once', async () => {
    const before = { digests: digests(), digest: compiler.current()?.digest };
    put('agents.yaml', 'kind: Agnet\nname: worker\nspec: {}\n');
    const told = await problemsOf(compiler.applyFolder(folder, same));
    expect(told).toEqual([expect.stringMatching(/^agents\.yaml:1: `Agnet` is no kind/)]);
    expect(compiler.problems()).toEqual(told);
    expect({ digests: digests(), digest: compiler.current()?.digest }).toEqual(before);
    expect(records).toMatchObject([{ type: 'config.refused', details: { problems: 1 } }]);
    // Something else that is compiled meanwhile does not wash it away.
    await compiler.recompile();
    expect(compiler.problems()).toEqual(told);
    rmSync(join(folder, 'agents.yaml'));
    await compiler.applyFolder(folder, same);
    expect(compiler.problems()).toEqual([]);
  });

  it('with rules that a plane refuses is not stored, and told at the line of the file', async () => {
    const before = digests();
    put(
      'policies.yaml',
      `# first\n${policy('permit(principal, action, resource)\nwhen { true };')}`,
    );
    const document = { kind: 'Policy', name: 'sums' };
    partProblems = [{ document, message: 'no attribute `total`', line: 2, column: 8 }];
    const told = await problemsOf(compiler.applyFolder(folder, same));
    expect(told).toEqual(['policies.yaml:7:12: policy sums:2: no attribute `total`']);
    expect(digests()).toEqual(before);
    partProblems = [];
    await compiler.applyFolder(folder, same);
    expect(compiler.problems()).toEqual([]);
    expect(digests()).toHaveLength(3);
  });

  it('waits with the folder while a person stores a document, and the other way round', async () => {
    await compiler.loadFolder(folder);
    const order: string[] = [];
    const person = compiler.alone('main', async () => {
      order.push('person begins');
      await new Promise((resolve) => setImmediate(resolve));
      order.push('person ends');
    });
    const applied = compiler.applyFolder(folder, async () => {
      order.push('folder');
      return true;
    });
    const next = compiler.alone('main', async () => void order.push('next'));
    await Promise.all([person, applied, next]);
    expect(order).toEqual(['person begins', 'person ends', 'folder', 'next']);
  });

  it('takes over what the API owns to the letter, on record, at a start and while it serves', async () => {
    for (const load of [
      () => compiler.applyFolder(folder, same),
      () => compiler.loadFolder(folder),
    ]) {
      stored = stored.map((one) =>
        one.kind === 'Manifest' ? { ...one, owner: 'api' as const } : one,
      );
      records.length = 0;
      await load();
      expect(stored.map(({ owner }) => owner)).toEqual(['folder', 'folder']);
      expect(records).toMatchObject([
        {
          type: 'config.applied',
          details: { kind: 'Manifest', name: 'm', owner: 'folder', ownerBefore: 'api' },
        },
      ]);
    }
  });

  it('says where it says otherwise than the API, keeps what is in force, and never keeps it from starting', async () => {
    stored = stored.map((one) =>
      one.kind === 'Manifest' ? { ...one, digest: 'd', owner: 'api' as const } : one,
    );
    const before = digests();
    const told = [expect.stringMatching(/^all\.yaml:3:1: Manifest `m` .*remove it from all\.yaml/)];
    expect(await problemsOf(compiler.applyFolder(folder, same))).toEqual(told);
    expect(compiler.problems()).toEqual(told);
    expect(await problemsOf(compiler.loadFolder(folder))).toEqual([]);
    await compiler.recompile();
    expect(compiler.problems()).toEqual(told);
    expect(digests()).toEqual(before);
    expect(records.filter(({ type }) => type === 'config.refused')).toHaveLength(2);
    expect(await compiler.mayComeNow()).toBe(false);
    // Somebody takes it away by the API: the folder comes, and nobody needs to write there.
    stored = stored.filter(({ owner }) => owner === 'folder');
    expect(await compiler.mayComeNow()).toBe(true);
    await compiler.applyFolder(folder, same);
    expect(compiler.problems()).toEqual([]);
    expect(await compiler.mayComeNow()).toBe(false);
  });

  it('in which somebody wrote while it was read is left for the next look', async () => {
    const before = digests();
    put('policies.yaml', policy('permit(principal, action, resource);'));
    expect(await compiler.applyFolder(folder, async () => false)).toBeUndefined();
    expect(digests()).toEqual(before);
  });

  it('does not take everything out of force when it is empty or gone', async () => {
    rmSync(join(folder, 'all.yaml'));
    expect(await problemsOf(compiler.applyFolder(folder, same))).toEqual([
      'the folder holds no document any more',
    ]);
    const gone = await problemsOf(compiler.applyFolder(join(folder, 'gone'), same));
    expect(gone).toEqual([expect.stringMatching(/cannot be read \(ENOENT\)/)]);
    expect(digests()).toHaveLength(2);
  });
});

describe('a change of what is enforced', () => {
  const put = (phase: string | undefined, tools: JsonObject = {}) => {
    const spec = { ...server, tools, ...(phase === undefined ? {} : { phase }) };
    stored = [{ kind: 'ToolServer', name: 'billing', spec, digest: 's', ...applied }];
  };
  const changes = () =>
    records
      .splice(0)
      .flatMap(({ type, details, snapshot }) =>
        type === 'tool.phase-changed'
          ? [{ ...details, isOfThis: snapshot === compiler.current()?.digest }]
          : [],
      );

  it('is on record, tool by tool, beside the configuration that it comes with [TOL-24]', async () => {
    put(undefined, { pay: { effect: 'write' } });
    await compiler.recompile();
    expect(changes()).toEqual([]);
    put('observe', { pay: { effect: 'write', phase: 'enforce' }, list: { effect: 'read' } });
    await compiler.recompile();
    const observed = { from: 'enforce', to: 'observe' };
    expect(changes()).toEqual([
      {
        server: 'billing',
        changes: [
          { tool: '*', ...observed },
          { tool: 'list', ...observed },
        ],
        isOfThis: true,
      },
    ]);
    await compiler.recompile();
    expect(changes()).toEqual([]);
    put('warn');
    await compiler.recompile();
    const warned = { from: 'observe', to: 'warn' };
    expect(changes()).toEqual([
      {
        server: 'billing',
        changes: [
          { tool: '*', ...warned },
          { tool: 'pay', from: 'enforce', to: 'warn' },
          { tool: 'list', ...warned },
        ],
        isOfThis: true,
      },
    ]);
  });

  it('is named in full, however many tools there are', async () => {
    put('observe', Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`t${at}`, {}])));
    await compiler.recompile();
    const named = changes().flatMap((one: JsonObject) => one['changes'] as readonly JsonObject[]);
    expect(new Set(named.map(({ tool }) => tool)).size).toBe(251);
  });
});
