import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import { entitlementsOf, manifestFor, narrowScopes } from '#contracts/rights.ts';
import type {
  AgentEntry,
  Bounded,
  EntitlementEntry,
  ManifestEntry,
  ManifestTarget,
  TaskScope,
} from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { outsideListed } from './listed-bounds.ts';
import { entitlementKind } from './entitlement-kind.ts';

const nobody: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'refunds',
  instance: 'i1',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};

const agents = Object.fromEntries(
  ['refunds', 'planner', 'clerk'].map((name) => [name, { name, manifest: name } as AgentEntry]),
);

function manifest(name: string, targets: readonly ManifestTarget[]): ManifestEntry {
  return { name, targets, sensitivity: 'sensitive' };
}

function prompt(name: string, bounds: Bounded = {}): ManifestTarget {
  return { target: { kind: 'prompt', owner: 'crm', name }, prefix: false, bounds };
}

function entitlement(
  name: string,
  targets: readonly ManifestTarget[],
  whose: Partial<EntitlementEntry> = {},
): EntitlementEntry {
  return { ...manifest(name, targets), groups: [name], users: [], everyone: false, ...whose };
}

const ada: UserLeg = { subject: 'ada', issuer: 'https://idp.example', groups: ['finance'] };
const most = (value: number): Bounded => ({ amount: [{ kind: 'max', value }] });

function mayAsk(right: ManifestEntry | undefined, target: Target, args: JsonObject): boolean {
  if (right === undefined || grantsTarget(right, target) === undefined) return false;
  return outsideListed(right, target, args) === undefined;
}

describe('what a principal may ask for', () => {
  const own = manifest('refunds', [prompt('draft', most(100)), prompt('close')]);
  const tenant = { agents, manifests: { refunds: own }, entitlements: {} };
  const draft: Target = { kind: 'prompt', owner: 'crm', name: 'draft' };

  it('is its own manifest, the very same, when it acts for nobody', () => {
    expect(manifestFor(tenant, nobody)).toBe(own);
  });

  it('is nothing for a user whom no entitlement is about [IDN-03]', () => {
    expect(manifestFor(tenant, { ...nobody, user: ada })?.targets).toEqual([]);
    const others = { ...tenant, entitlements: { sales: entitlement('sales', own.targets) } };
    expect(manifestFor(others, { ...nobody, user: ada })?.targets).toEqual([]);
  });

  it('is what user and agent both may: neither widens the other [IDN-03]', () => {
    const finance = entitlement('finance', [prompt('draft', most(500)), prompt('wire')]);
    const right = manifestFor({ ...tenant, entitlements: { finance } }, { ...nobody, user: ada });
    expect(mayAsk(right, draft, { amount: 100 })).toBe(true);
    expect(mayAsk(right, draft, { amount: 101 })).toBe(false);
    expect(mayAsk(right, { ...draft, name: 'wire' }, {})).toBe(false);
    expect(mayAsk(right, { ...draft, name: 'close' }, {})).toBe(false);
  });

  it('is the widest of several entitlements of one user, and still inside the manifest [IDN-03]', () => {
    const entitlements = {
      finance: entitlement('finance', [prompt('draft', most(10))]),
      ada: entitlement('ada', [prompt('draft', most(50))], { groups: [], users: ['ada'] }),
    };
    const right = manifestFor({ ...tenant, entitlements }, { ...nobody, user: ada });
    expect(mayAsk(right, draft, { amount: 50 })).toBe(true);
    expect(mayAsk(right, draft, { amount: 51 })).toBe(false);
  });

  it('carries the fields that each needs who narrows it, and of several entitlements what any needs [DAT-11]', () => {
    const needs = (...paths: string[]) => ({ ...prompt('draft'), fields: [{ paths }] });
    const fieldsOf = (mine: ManifestTarget, ...theirs: ManifestTarget[]) => {
      const entitlements = Object.fromEntries(
        theirs.map((one, at) => [`e${at}`, entitlement(`e${at}`, [one], { everyone: true })]),
      );
      const manifests = { refunds: manifest('refunds', [mine]) };
      const right = manifestFor({ agents, manifests, entitlements }, { ...nobody, user: ada });
      return right && grantsTarget(right, draft)?.fields?.map(({ paths }) => paths);
    };
    expect(fieldsOf(needs('to', 'body'), prompt('draft'))).toEqual([['to', 'body']]);
    expect(fieldsOf(prompt('draft'), needs('to'))).toEqual([['to']]);
    expect(fieldsOf(needs('to', 'body'), needs('to'))).toEqual([['to', 'body'], ['to']]);
    expect(fieldsOf(prompt('draft'), needs('to'), needs('body'))).toEqual([['to', 'body']]);
    expect(fieldsOf(prompt('draft'), needs('to'), prompt('draft'))).toBeUndefined();
  });

  it('is nothing through an agent that is not there any more [IDN-22]', () => {
    const hops = [{ agent: 'gone', instance: 'i' }];
    expect(manifestFor(tenant, { ...nobody, hops })?.targets).toEqual([]);
  });

  it('is found anew when the user has other groups, and shared by users of the same', () => {
    const entitlements = { finance: entitlement('finance', [prompt('draft')]) };
    const of = { ...tenant, entitlements };
    const first = manifestFor(of, { ...nobody, user: ada });
    expect(manifestFor(of, { ...nobody, user: { ...ada, subject: 'bob' } })).toBe(first);
    expect(manifestFor(of, { ...nobody, user: { ...ada, groups: [] } })?.targets).toEqual([]);
  });
});

const names = ['a/', 'a/x', 'a/b/', 'a/b/y', 'c/'].map((path) => `file:///${path}`);
const bounds = fc.constantFrom<Bounded>({}, most(1), most(5));
const line: fc.Arbitrary<ManifestTarget> = fc.oneof(
  fc
    .record({ at: fc.constantFrom('draft', 'close', 'wire'), limit: bounds })
    .map(({ at, limit }) => prompt(at, limit)),
  fc.record({ name: fc.constantFrom(...names), isFolder: fc.boolean() }).map(
    ({ name, isFolder }): ManifestTarget => ({
      target: { kind: 'resource', owner: 'files', name },
      prefix: isFolder && name.endsWith('/'),
      bounds: {},
    }),
  ),
);
const lines = fc.uniqueArray(line, {
  maxLength: 6,
  selector: ({ target, prefix }) => `${target.owner} ${target.name} ${prefix}`,
});

const asked: readonly Target[] = [
  ...['draft', 'close', 'wire'].map((name): Target => ({ kind: 'prompt', owner: 'crm', name })),
  ...[...names, 'file:///a/q', 'file:///a/b/q', 'file:///c/d/e'].map(
    (name): Target => ({ kind: 'resource', owner: 'files', name }),
  ),
];

describe('the right of any chain', () => {
  it('is exactly user ∩ agent manifest ∩ task ∩ every hop, for any documents [IDN-03] [IDN-22]', () => {
    const world = fc.record({
      own: lines,
      planner: lines,
      clerk: lines,
      entitled: fc.array(lines, { maxLength: 3 }),
      scope: fc.option(lines, { nil: undefined }),
      isForUser: fc.boolean(),
      hops: fc.subarray(['planner', 'clerk']),
      amount: fc.constantFrom(0, 1, 3, 6),
    });
    fc.assert(
      fc.property(world, ({ own, planner, clerk, entitled, scope, isForUser, hops, amount }) => {
        const manifests = {
          refunds: manifest('refunds', own),
          planner: manifest('planner', planner),
          clerk: manifest('clerk', clerk),
        };
        const entitlements = Object.fromEntries(
          entitled.map((targets, at) => [
            `e${at}`,
            entitlement(`e${at}`, targets, { everyone: true }),
          ]),
        );
        const principal: Principal = {
          ...nobody,
          user: isForUser ? ada : undefined,
          hops: hops.map((agent) => ({ agent, instance: 'i' })),
          ...(scope === undefined ? {} : { scope: { targets: scope } }),
        };
        const right = manifestFor({ agents, manifests, entitlements }, principal);
        for (const target of asked) {
          const may = (one: ManifestEntry) => mayAsk(one, target, { amount });
          const expected =
            may(manifests.refunds) &&
            (!isForUser || Object.values(entitlements).some(may)) &&
            (!hops.includes('planner') || may(manifests.planner)) &&
            (!hops.includes('clerk') || may(manifests.clerk)) &&
            (scope === undefined || may(manifest('scope', scope)));
          const found = mayAsk(right, target, { amount });
          // What a folder is itself, may be left out where folders of several lie in each other.
          const isFolder = target.name?.endsWith('/') === true;
          expect([target.name, found]).toEqual([
            target.name,
            isFolder && !found ? found : expected,
          ]);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('is exactly what every scope lets through, however often a task was narrowed [IDN-22] [CRD-14]', () => {
    const world = fc.record({
      own: lines,
      scopes: fc.array(fc.option(lines, { nil: undefined }), { minLength: 1, maxLength: 4 }),
      amount: fc.constantFrom(0, 1, 3, 6),
    });
    fc.assert(
      fc.property(world, ({ own, scopes, amount }) => {
        const manifests = { refunds: manifest('refunds', own) };
        const scope = scopes
          .map((targets) => (targets === undefined ? undefined : { targets }))
          .reduce<TaskScope | undefined>(narrowScopes, undefined);
        const principal = { ...nobody, ...(scope === undefined ? {} : { scope }) };
        const right = manifestFor({ agents, manifests, entitlements: {} }, principal);
        for (const target of asked) {
          const may = (one: ManifestEntry) => mayAsk(one, target, { amount });
          const expected =
            may(manifests.refunds) &&
            scopes.every((targets) => targets === undefined || may(manifest('scope', targets)));
          const found = mayAsk(right, target, { amount });
          const isFolder = target.name?.endsWith('/') === true;
          expect([target.name, found]).toEqual([
            target.name,
            isFolder && !found ? found : expected,
          ]);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('has the effects that all scopes have', () => {
    const read = { effects: ['read'] as const };
    const both = { effects: ['write', 'read'] as const };
    expect(narrowScopes(undefined, both)).toBe(both);
    expect(narrowScopes(both, read)).toEqual(read);
    expect(narrowScopes({ targets: [] }, read)).toEqual({ targets: [], effects: ['read'] });
    expect(narrowScopes(read, { effects: ['delete'] })).toEqual({ effects: [] });
  });

  it('asks for a user of no group only what is everybody’s or theirs by name', () => {
    const entitlements = {
      all: entitlement('all', [], { groups: [], everyone: true }),
      ada: entitlement('ada', [], { groups: [], users: ['ada'] }),
      finance: entitlement('finance', []),
    };
    const found = (user: UserLeg) => entitlementsOf({ entitlements }, user).map(({ name }) => name);
    expect(found({ ...ada, groups: [] })).toEqual(['all', 'ada']);
    expect(found({ ...ada, subject: 'bob' })).toEqual(['all', 'finance']);
    const corps = { ...entitlement('corps', [], { users: ['ada'] }), provider: 'corp' };
    const identityProviders = { corp: { name: 'corp', oidc: { issuer: ada.issuer } } };
    const spec = { users: ['ada'], provider: 'corp', tools: [{ tool: 'crm/find' }] };
    expect(entitlementKind.parse('corps', spec)).toMatchObject({
      entry: { provider: 'corp' },
      references: expect.arrayContaining([
        { kind: 'IdentityProvider', name: 'corp', path: ['spec', 'provider'] },
      ]),
    });
    const there = { entitlements: { corps }, identityProviders };
    expect(entitlementsOf(there, ada)).toEqual([corps]);
    expect(entitlementsOf(there, { ...ada, issuer: 'https://other.example' })).toEqual([]);
    expect(entitlementsOf({ entitlements: { corps } }, ada)).toEqual([]);
    expect(found({ ...ada, subject: 'constructor', groups: ['__proto__'] })).toEqual(['all']);
  });
});
