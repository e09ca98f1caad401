import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestFor } from '#contracts/rights.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import type {
  AgentEntry,
  Bounded,
  EntitlementEntry,
  ManifestEntry,
  ManifestTarget,
  PdpEntry,
  TenantSnapshot,
} from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { outsideListed, undeclared } from './listed-bounds.ts';
import { sensitivityRank } from './three-questions.ts';
import { userRight } from './user-right.ts';

const ada: UserLeg = { subject: 'ada', issuer: 'https://idp.example', groups: ['finance'] };
const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'refunds',
  instance: 'i1',
  user: ada,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};
const most = (value: number): Bounded => ({ amount: [{ kind: 'max', value }] });
const prompt = (name: string): Target => ({ kind: 'prompt', owner: 'crm', name });
const line = (name: string, bounds: Bounded = {}): ManifestTarget => ({
  target: prompt(name),
  prefix: false,
  bounds,
});

function pdp(name: string): PdpEntry {
  const network = { loopback: false, hosts: [] };
  return { url: `https://${name}.example`, timeoutMs: 1_000, sendsArguments: false, network };
}

function entitlement(
  name: string,
  targets: readonly ManifestTarget[],
  by?: string,
  sensitivity: ManifestEntry['sensitivity'] = 'sensitive',
): EntitlementEntry {
  const whose = { groups: [], users: ['ada'], everyone: false };
  return { name, targets, sensitivity, ...whose, ...(by === undefined ? {} : { pdp: pdp(by) }) };
}

function tenantOf(
  entitlements: readonly EntitlementEntry[],
  own: readonly ManifestTarget[] = [],
): TenantSnapshot {
  return {
    agents: { refunds: { name: 'refunds', manifest: 'refunds' } as AgentEntry },
    manifests: { refunds: { name: 'refunds', targets: own, sensitivity: 'sensitive' } },
    entitlements: Object.fromEntries(entitlements.map((one) => [one.name, one])),
  } as unknown as TenantSnapshot;
}

function rightOf(
  entitlements: readonly EntitlementEntry[],
  over: Partial<Parameters<typeof userRight>[1]> = {},
) {
  const ask = { user: ada, target: prompt('pay'), args: { amount: 3 }, sensitivity: undefined };
  return userRight(tenantOf(entitlements), { ...ask, ...over }, () => undeclared);
}

describe('the decision points of a user', () => {
  it('are none where no entitlement of the user names one, or another one gives it all', () => {
    expect(rightOf([entitlement('a', [line('pay')])])).toBeUndefined();
    const theirs = { ...entitlement('b', [line('pay')], 'x'), users: ['bob'] };
    expect(rightOf([theirs])).toBeUndefined();
    const both = [entitlement('a', [line('pay')], 'x'), entitlement('b', [line('pay', most(3))])];
    expect(rightOf(both)).toBeUndefined();
    expect(rightOf(both, { args: { amount: 4 } })?.pdps).toMatchObject([{ entitlements: ['a'] }]);
  });

  it('are asked once for all that count by the same answer, and only where it can matter', () => {
    const right = rightOf([
      entitlement('c', [line('pay')], 'x'),
      entitlement('b', [line('close')], 'y'),
      entitlement('a', [line('pay', most(9))], 'x'),
    ]);
    expect(right?.pdps).toMatchObject([{ entitlements: ['a', 'c'], pdp: pdp('x') }]);
    expect(right?.gives(new Set())).toBe(false);
    expect(right?.gives(new Set(right.pdps.map(({ key }) => key)))).toBe(true);
  });

  it('are asked too where only such an entitlement is sensitive enough', () => {
    const two = [
      entitlement('a', [line('pay')], undefined, 'internal'),
      entitlement('b', [line('close')], 'y', 'sensitive'),
    ];
    expect(rightOf(two, { sensitivity: 'internal' })).toBeUndefined();
    expect(rightOf(two, { sensitivity: 'sensitive' })?.pdps).toMatchObject([
      { entitlements: ['b'] },
    ]);
  });
});

const bounds = fc.constantFrom<Bounded>({}, most(1), most(5));
const lines = fc.uniqueArray(
  fc
    .record({ name: fc.constantFrom('pay', 'close', 'wire'), limit: bounds })
    .map(({ name, limit }) => line(name, limit)),
  { maxLength: 3, selector: ({ target }) => target.name },
);
const sensitivity = fc.constantFrom<ManifestEntry['sensitivity']>(
  'public',
  'internal',
  'sensitive',
);

describe('the right of a user whom decision points judge', () => {
  it('never exceeds manifest ∩ documents ∩ what is said yes to, for any documents and answers [IDN-03]', () => {
    const world = fc.record({
      own: lines,
      entitled: fc.array(
        fc.record({
          targets: lines,
          by: fc.constantFrom(undefined, 'x', 'y', 'z'),
          height: sensitivity,
        }),
        { maxLength: 5 },
      ),
      yes: fc.subarray(['x', 'y', 'z']),
      amount: fc.constantFrom(0, 3, 6),
      height: sensitivity,
    });
    fc.assert(
      fc.property(world, ({ own, entitled, yes, amount, height }) => {
        const entitlements = entitled.map((one, at) =>
          entitlement(`e${at}`, one.targets, one.by, one.height),
        );
        const isYes = ({ pdp: by }: EntitlementEntry) =>
          yes.some((one) => by?.url === pdp(one).url);
        const counted = entitlements.filter((one) => one.pdp === undefined || isYes(one));
        for (const name of ['pay', 'close', 'wire']) {
          const reaches = (among: readonly EntitlementEntry[]): boolean => {
            const right = manifestFor(tenantOf(among, own), principal);
            return (
              right !== undefined &&
              grantsTarget(right, prompt(name)) !== undefined &&
              outsideListed(right, prompt(name), { amount }) === undefined &&
              sensitivityRank[right.sensitivity] >= sensitivityRank[height]
            );
          };
          const asked = { target: prompt(name), args: { amount }, sensitivity: height };
          const right = rightOf(entitlements, asked);
          const said = right?.pdps.filter((one) => yes.some((by) => one.pdp.url === pdp(by).url));
          const keys = new Set(said?.map(({ key }) => key));
          const lets = right === undefined || right.gives(keys);
          // As the gateway has it: what documents permit, and then whoever is asked.
          expect([name, reaches(entitlements) && lets]).toEqual([name, reaches(counted)]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
