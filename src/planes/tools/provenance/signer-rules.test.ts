import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { newWorld } from '../../../../test/fakes/signing/index.ts';
import { toolServerKind } from '../server-kind.ts';
import { judgeSource, registryKind, signersNeeded } from './registry-kind.ts';

const integrity = `sha512-${'A'.repeat(86)}==`;
const { trust: pinned } = newWorld(Date.parse('2026-03-01T10:00:00Z'));
const { sigstore = {} } = pinned;
const registryKeys = pinned.registryKeys.map(({ keyid, key }) => ({ keyid, key }));
const trust: JsonObject = { sigstore, registryKeys };
const builder = {
  issuer: 'https://token.actions.githubusercontent.com',
  identity: 'https://github.com/org/repo/.github/workflows/release.yml@refs/tags/*',
};

function serverOf(connect: JsonObject): ServerEntry {
  const parsed = toolServerKind.parse('s', { connect });
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.entry;
}

function parsed(spec: JsonObject) {
  return registryKind.parse('r', { sources: ['npm:*', 'file:/*', 'https://*'], ...spec });
}

function problemOf(spec: JsonObject): string | undefined {
  const one = parsed(spec);
  return one.kind === 'problems' ? one.problems[0]?.message : undefined;
}

function tenantOf(...specs: readonly JsonObject[]): TenantSnapshot {
  const entries = specs.map((spec, at) => {
    const one = parsed(spec);
    if (one.kind === 'problems') throw new Error(one.problems[0]?.message);
    return [`r${at}`, { ...one.entry, name: `r${at}` }];
  });
  return { tenant: 'main', registries: Object.fromEntries(entries) } as unknown as TenantSnapshot;
}

const npx = (name: string, pin = true): JsonObject => ({
  command: 'npx',
  args: ['-y', name],
  ...(pin ? { package: { integrity } } : {}),
});

describe('who must have signed a server', () => {
  const signers = [
    { for: 'npm:*', registry: 'signature' },
    { for: 'npm:@org/*', builder },
    { for: 'npm:@org/two@1.2.3', builder: { ...builder, repository: 'https://github.com/org/a' } },
    { for: 'npm:@org/two@1.2.3', builder: { ...builder, repository: 'https://github.com/org/b' } },
  ];

  it('is said by the rules that are closest to its source, of which one is enough [TOL-25]', () => {
    const tenant = tenantOf({ signers, trust });
    const rulesOf = (name: string) => {
      const { needs } = signersNeeded(tenant, serverOf(npx(name)));
      return needs.flatMap(({ rules }) =>
        rules.map((rule) => signers.findIndex((one) => same(one, rule))),
      );
    };
    expect(rulesOf('any@1.0.0')).toEqual([0]);
    expect(rulesOf('@org/one@1.0.0')).toEqual([1]);
    expect(rulesOf('@org/two@1.2.3')).toEqual([2, 3]);
    expect(rulesOf('@org/two@1.2.4')).toEqual([1]);
  });

  it('is said by every document that has a rule for it, and by none for what is not started from npm', () => {
    const tenant = tenantOf({ signers, trust }, { signers: signers.slice(0, 1), trust }, {});
    const needs = (connect: JsonObject) => signersNeeded(tenant, serverOf(connect)).needs;
    expect(needs(npx('any@1.0.0')).map(({ document }) => document)).toEqual(['r0', 'r1']);
    expect(needs({ url: 'https://mcp.example.com/a' })).toEqual([]);
    expect(needs({ command: '/opt/mcp/run' })).toEqual([]);
    expect(signersNeeded(undefined, serverOf(npx('any@1.0.0'))).needs).toEqual([]);
  });

  it('wants the content pinned, without which nobody knows what was signed [TOL-25]', () => {
    const tenant = tenantOf({ signers, trust });
    const unpinned = serverOf(npx('any@1.0.0', false));
    expect(judgeSource(tenant, unpinned)?.code).toBe('tools/server-unpinned');
    expect(judgeSource(tenant, serverOf(npx('any@1.0.0')))).toBe(undefined);
  });

  it('is compared by what it is, so that only a change is one', () => {
    const server = serverOf(npx('@org/one@1.0.0'));
    const key = (...specs: readonly JsonObject[]) => signersNeeded(tenantOf(...specs), server).key;
    expect(key({ signers, trust })).toBe(key({ signers, trust }));
    expect(key({ signers, trust })).not.toBe(key({ signers: signers.slice(0, 1), trust }));
    expect(key({})).toBe('');
  });
});

describe('a Registry that names signers', () => {
  it.each([
    [{ for: 'npm:*' }, 'give `builder`, `registry` or both'],
    [{ for: 'file:/opt/*', registry: 'signature' }, 'write `npm:…`'],
    [{ for: 'npm:*/x', registry: 'signature' }, 'write `npm:…`'],
    [{ for: 'npm:*', registry: 'any' }, 'registry'],
    [{ for: 'npm:*', builder: { ...builder, issuer: 'https://token.*' } }, 'no `*`'],
    [{ for: 'npm:*', builder: { ...builder, repository: 'https://github.com/org/*' } }, 'no `*`'],
    ...[
      '*',
      'https://*',
      'https://github.com/*',
      'https://github.com/org*',
      'https://github.com/org/repo*',
      'https://github.com/*/repo/.github/workflows/release.yml@refs/tags/v1',
    ].map((identity): [JsonObject, string] => [
      { for: 'npm:*', builder: { ...builder, identity } },
      'let a `*` stand at the end',
    ]),
  ])(
    'does not load with what would let in others than it seems: %j [TOL-25]',
    (signer, problem) => {
      expect(problemOf({ signers: [signer], trust })).toContain(problem);
    },
  );

  it.each([
    'https://github.com/org/*',
    'https://github.com/org/repo/.github/workflows/*',
    'https://github.com/org/repo/.github/workflows/release.yml@refs/tags/v*',
    'https://github.com/org/repo/.github/workflows/release.yml@refs/heads/main',
    'release@example.com',
  ])('takes an identity that is whole or ends where a name does: %s', (identity) => {
    expect(
      problemOf({ signers: [{ for: 'npm:*', builder: { ...builder, identity } }], trust }),
    ).toBe(undefined);
  });

  it('does not load without the trust that its rules need, or with one that is none', () => {
    const wants = (registry: string, given: JsonObject) =>
      problemOf({ signers: [{ for: 'npm:*', registry }], trust: given });
    expect(wants('signature', {})).toContain('trust.registryKeys');
    expect(wants('signature', { registryKeys })).toBe(undefined);
    expect(wants('attestation', { registryKeys })).toContain('trust.sigstore');
    expect(wants('attestation', { sigstore })).toContain('trust.registryKeys');
    expect(wants('attestation', trust)).toBe(undefined);
    expect(problemOf({ signers: [{ for: 'npm:*', builder }], trust: { registryKeys } })).toContain(
      'trust.sigstore',
    );
    for (const broken of ['tlogs', 'ctlogs', 'certificateAuthorities']) {
      expect(
        problemOf({ trust: { sigstore: { ...sigstore, [broken]: [] } } }),
        broken,
      ).toBeDefined();
    }
    expect(
      problemOf({ trust: { registryKeys: [{ keyid: 'k', key: 'not base64' }] } }),
    ).toBeDefined();
  });

  it('tells every key and certificate of its trust that nobody can read, at once, when it loads', () => {
    const rawBytes = Buffer.from('this is no key at all, nor one that was cut').toString('base64');
    const told = registryKind.parse('r', {
      sources: [],
      trust: {
        registryKeys: [...registryKeys, { keyid: 'k', key: rawBytes }],
        sigstore: {
          ...sigstore,
          tlogs: [{ publicKey: { rawBytes } }],
          certificateAuthorities: [{ certChain: { certificates: [{ rawBytes }] } }],
        },
      },
    });
    if (told.kind !== 'problems') throw new Error('it was parsed');
    expect(told.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('is no public key that can be read'),
      expect.stringContaining('is no certificate that can be read'),
      expect.stringContaining('is no public key that can be read'),
    ]);
  });

  it('keeps the times of its keys as moments', () => {
    const times = { from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00+01:00' };
    const keys = registryKeys.map((key) => ({ ...key, ...times }));
    const tenant = tenantOf({
      signers: [{ for: 'npm:*', registry: 'signature' }],
      trust: { registryKeys: keys },
    });
    const [need] = signersNeeded(tenant, serverOf(npx('any@1.0.0'))).needs;
    expect(need?.trust.registryKeys[0]).toMatchObject({
      from: Date.parse(times.from),
      until: Date.parse(times.until),
    });
  });
});

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
