import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { section } from '#contracts/section.ts';
import type { AgentEntry, Snapshot } from '#kernel/snapshot.ts';
import { agentKind, environmentKind } from '#planes/lifecycle/index.ts';
import { policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import {
  type CompileOptions,
  compileSnapshot,
  type ServerPin,
  type TenantSource,
} from './index.ts';

const kinds = [agentKind, manifestKind, toolServerKind, policyKind];
const definition: JsonObject = { name: 'create_refund', inputSchema: { type: 'object' } };

const documents = [
  { kind: 'Agent', name: 'refunds', spec: agent('refunds') },
  { kind: 'Agent', name: 'tickets', spec: agent('tickets') },
  { kind: 'Manifest', name: 'refunds', spec: { tools: [{ tool: 'billing/create_refund' }] } },
  { kind: 'Manifest', name: 'tickets', spec: { tools: [{ tool: 'desk/list' }] } },
  { kind: 'ToolServer', name: 'billing', spec: { connect: { url: 'http://127.0.0.1:1/' } } },
  { kind: 'ToolServer', name: 'desk', spec: { connect: { command: 'desk' } } },
  { kind: 'Policy', name: 'b', spec: { cedar: 'permit(principal, action, resource);' } },
  { kind: 'Policy', name: 'a', spec: { cedar: '' } },
];

function agent(manifest: string): JsonObject {
  return { owner: 'ann', purpose: 'p', manifest };
}

function pinned(server: string, tool: string): ServerPin {
  const pin = { tool, digest: 'd1', definition, approvedBy: 'ann', approvedAt: 1 };
  return { server, pinned: pin };
}

const main: TenantSource = {
  tenant: 'main',
  documents,
  pins: [pinned('billing', 'create_refund'), pinned('desk', 'list'), pinned('gone', 'x')],
  secrets: [
    { name: 's2', wrappedKey: 'a', sealed: 'b', version: 1 },
    { name: 's1', wrappedKey: 'c', sealed: 'd', version: 2 },
  ],
};

const base: Omit<CompileOptions, 'tenants'> = {
  kinds,
  epoch: 1,
  number: 7,
  now: 1_000,
  tokens: { issuer: 'i', audience: 'a', keys: [] },
};

function compiled(source: TenantSource, options: Partial<CompileOptions> = {}): Snapshot {
  const result = compileSnapshot({ ...base, tenants: [source], ...options });
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

function problems(source: Partial<TenantSource>): readonly string[] {
  const result = compileSnapshot({ ...base, tenants: [{ ...main, ...source }] });
  return result.kind === 'problems' ? result.problems.map(({ message }) => message) : [];
}

describe('compiling a Snapshot', () => {
  it('says the same, under the same digest, whatever the order of what went in', () => {
    const expected = compiled(main);
    const shuffled = <Item>(items: readonly Item[]) =>
      fc.shuffledSubarray([...items], { minLength: items.length });
    fc.assert(
      fc.property(
        shuffled(main.documents),
        shuffled(main.pins),
        shuffled(main.secrets),
        (documentsNow, pins, secrets) => {
          const source = { ...main, documents: documentsNow, pins, secrets };
          expect(JSON.stringify(compiled(source))).toBe(JSON.stringify(expected));
        },
      ),
    );
  });

  it('changes its digest with what it says and not with its number or time', () => {
    const { digest } = compiled(main);
    expect(compiled(main, { number: 8, now: 2_000 }).digest).toBe(digest);
    expect(compiled(main, { epoch: 2 }).digest).not.toBe(digest);
    const others: Partial<TenantSource>[] = [
      { suspended: ['refunds'] },
      { pins: [] },
      { secrets: [] },
      { documents: main.documents.filter(({ kind }) => kind !== 'Policy') },
    ];
    const digests = others.map((other) => compiled({ ...main, ...other }).digest);
    expect(new Set([digest, ...digests]).size).toBe(5);
  });

  it('is plain data: what comes out of the wire is what went in', () => {
    const snapshot = compiled(main);
    const wire = parseJson(canonicalBytes(snapshot as unknown as Json));
    expect(wire).toEqual(snapshot);
    expect(canonicalBytes(wire)).toEqual(canonicalBytes(snapshot as unknown as Json));
  });

  it('answers nothing to names that objects inherit', () => {
    const tenant = compiled(main).tenants['main'];
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(tenant?.agents[name]).toBeUndefined();
      expect(tenant?.servers[name]).toBeUndefined();
      expect(tenant?.pins['billing']?.[name]).toBeUndefined();
    }
  });

  it('keeps the pins of servers that a document names, and no others', () => {
    const tenant = compiled(main).tenants['main'];
    expect(Object.keys(tenant?.pins ?? {})).toEqual(['billing', 'desk']);
    expect(tenant?.pins['billing']?.['create_refund']?.digest).toBe('d1');
  });

  it('suspends who is suspended, whatever the document says', () => {
    const agents = compiled({ ...main, suspended: ['refunds'] }).tenants['main']?.agents;
    expect([agents?.['refunds']?.suspended, agents?.['tickets']?.suspended]).toEqual([true, false]);
  });

  it('makes no Snapshot while anything is wrong, and tells all of it', () => {
    const broken = [
      { kind: 'Agent', name: 'a', spec: agent('gone') },
      { kind: 'Agent', name: 'b', spec: { owner: 1 } },
      { kind: 'Robot', name: 'c', spec: {} },
      { kind: 'Policy', name: 'p', spec: { cedar: '' } },
      { kind: 'Policy', name: 'p', spec: { cedar: '' } },
    ];
    expect(problems({ documents: broken })).toEqual([
      'Agent `a`: `spec.manifest`: no Manifest is called `gone`',
      'Agent `b`: `spec.owner`: expected string, received number',
      'Agent `b`: `spec.purpose` is missing',
      'Agent `b`: `spec.manifest` is missing',
      'there are two documents `Policy/p`',
      'Robot `c`: this is no kind of document',
    ]);
  });

  it('says where two of one name come from, and how the one that no file holds is taken out', () => {
    const spec = { cedar: '' };
    const two = (kind: string) => [
      { kind, name: 'p', spec, owner: 'api' as const },
      { kind, name: 'p', spec },
    ];
    expect(problems({ documents: two('Policy') })).toContainEqual(
      expect.stringMatching(
        /^there are two documents `Policy\/p`: one is in the folder, .*adopt.*`POST \/v1\/documents\/Policy\/p\/remove`/,
      ),
    );
    expect(problems({ documents: two('ToolServer') })).toContainEqual(
      expect.stringMatching(/`bailiwick server remove p`, with what was approved of it/),
    );
  });

  it('has a place for each kind of its own, and takes no second kind for the same one', () => {
    const taking = (name: string) => () =>
      compiled(main, { kinds: [...kinds, { ...agentKind, kind: 'Twin', section: section(name) }] });
    for (const name of ['agents', 'policies', 'tenant', 'pins', 'secrets', 'constructor']) {
      expect(taking(name), name).toThrow(/is taken/);
    }
    expect(taking('twins')).not.toThrow();
  });

  it('says the same with and without a kind of which there is no document', () => {
    const twin = { ...agentKind, kind: 'Twin', section: section<AgentEntry>('twins') };
    expect(compiled(main, { kinds: [...kinds, twin] })).toEqual(compiled(main));
  });
});

describe('where it is', () => {
  const declaredBy = (name: string) => ({ kind: 'Environment', name, path: ['--environment'] });
  const places = ['dev', 'production'].map((name) => ({
    kind: 'Environment',
    name,
    spec: { purpose: 'p' },
  }));
  const some = [
    ...documents,
    ...places,
    { kind: 'Agent', name: 'pilot', spec: { ...agent('tickets'), environments: ['dev'] } },
    { kind: 'Policy', name: 'c', spec: { cedar: '', environments: ['dev'] } },
  ];
  const asked = (name: string | undefined, given: TenantSource['documents'] = some) =>
    compileSnapshot({
      ...base,
      kinds: [...kinds, environmentKind],
      tenants: [{ ...main, documents: given }],
      ...(name === undefined ? {} : { environment: declaredBy(name) }),
    });
  const here = (name: string) => {
    const made = asked(name);
    if (made.kind === 'problems') throw new Error(JSON.stringify(made.problems));
    return made.snapshot.tenants['main'];
  };
  const told = (name: string | undefined, given?: TenantSource['documents']) => {
    const made = asked(name, given);
    return made.kind === 'problems' ? made.problems.map(({ message }) => message) : [];
  };

  it('is what whoever starts it says, whatever a document says of its agent [POL-09]', () => {
    const said = { kind: 'Agent', name: 'liar', spec: { ...agent('tickets'), environment: 'dev' } };
    const made = asked('production', [...some, said]);
    const agents = made.kind === 'compiled' ? made.snapshot.tenants['main']?.agents : undefined;
    expect(Object.values(agents ?? {}).map(({ environment }) => environment)).toEqual(
      Array.from({ length: 4 }, () => 'production'),
    );
  });

  it('decides which rules are there, and which agents may act [GOV-05]', () => {
    const names = (name: string) => here(name)?.policies.map((one) => one.name);
    expect([names('dev'), names('production')]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
    ]);
    expect(here('dev')?.agents['pilot']?.elsewhere).toBeUndefined();
    expect(here('production')?.agents['pilot']?.elsewhere).toBe(true);
  });

  it('is declared by a document, and said where documents name some', () => {
    expect(told('prod')).toEqual([
      expect.stringContaining('`--environment`: no Environment is called `prod`'),
    ]);
    const unsaid = told(undefined);
    expect(unsaid).toHaveLength(2);
    for (const one of unsaid) expect(one).toContain('nobody said which one this is');
    expect(told(undefined, [...documents, ...places])).toEqual([]);
    const stray = { kind: 'Policy', name: 'd', spec: { cedar: '', environments: ['test'] } };
    expect(told('dev', [...some, stray])).toEqual([
      'Policy `d`: `spec.environments.0`: no Environment is called `test`',
    ]);
  });
});
