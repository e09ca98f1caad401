import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { agentKind, templateKind } from './index.ts';
import { beyondTemplate } from './within-template.ts';

const template: JsonObject = {
  purpose: 'agents of the support desk',
  manifests: ['support', 'reading'],
  groups: ['billing'],
  environments: ['staging', 'production'],
  autonomy: 'semi-autonomous',
  rate: { perMinute: 60 },
  callsPerDay: 1_000,
  toolLimit: 20,
  standing: 'none',
  review: { every: '90d' },
};
const fits: JsonObject = {
  owner: 'ann',
  purpose: 'answers tickets',
  template: 'desk',
  manifest: 'support',
  groups: ['billing'],
  environments: ['staging'],
  autonomy: 'assisted',
  rate: { perMinute: 60 },
  callsPerDay: 1_000,
  toolLimit: 20,
  standing: 'none',
  review: { every: '30d' },
};

function beyond(spec: JsonObject, over: JsonObject | null = template): readonly string[] {
  const agent = agentKind.parse('support', spec);
  if (agent.kind === 'problems') throw new Error(JSON.stringify(agent.problems));
  const parsed = over === null ? undefined : templateKind.parse('desk', over);
  if (parsed?.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  const templates = parsed === undefined ? {} : { desk: parsed.entry };
  const tenant = { templates } as unknown as TenantSnapshot;
  return beyondTemplate(agent.entry, tenant, Date.parse('2026-11-28T00:00:00Z')).map(
    ({ message }) => message,
  );
}

/** Without this member: what is unbounded is more than any bound. */
function lacking(member: string): JsonObject {
  const { [member]: _gone, ...rest } = fits;
  return rest;
}

describe('an agent of a template', () => {
  it('comes into force within it, and beyond it in nothing: each excess is named [LIF-03]', () => {
    expect(beyond(fits)).toEqual([]);
    const excesses: Readonly<Record<string, JsonObject>> = {
      'manifest `writing`': { ...fits, manifest: 'writing' },
      'group `finance`': { ...fits, groups: ['billing', 'finance'] },
      'unbound effect `write`': { ...fits, unbound: { effects: ['read', 'write'] } },
      'environment `dev`': { ...fits, environments: ['staging', 'dev'] },
      'every environment': lacking('environments'),
      '`rate.perMinute` over 60': { ...fits, rate: { perMinute: 61 } },
      '`rate.burst` over 60': { ...fits, rate: { perMinute: 60, burst: 61 } },
      '`callsPerDay` over 1000': lacking('callsPerDay'),
      '`toolLimit` over 20': lacking('toolLimit'),
      'more autonomy than `semi-autonomous`': lacking('autonomy'),
      'a standing task': lacking('standing'),
      'a review less often': { ...fits, review: { every: '91d' } },
    };
    for (const [what, spec] of Object.entries(excesses)) {
      expect(beyond(spec), what).toEqual([
        expect.stringContaining(`${what}, which template \`desk\``),
      ]);
    }
    expect(beyond({ ...fits, autonomy: 'broad' })).toHaveLength(1);
    expect(beyond({ ...fits, rate: { perMinute: 60, burst: 60 } })).toEqual([]);
    const narrow = { ...template, rate: { perMinute: 60, burst: 5 } };
    expect(beyond(fits, narrow)).toEqual([expect.stringContaining('`rate.burst` over 5')]);
    expect(beyond({ ...fits, rate: { perMinute: 60, burst: 5 } }, narrow)).toEqual([]);
    const day = { ...lacking('review'), nextReview: '2027-01-31' };
    expect(beyond(day)).toEqual([]);
    expect(beyond({ ...day, nextReview: '2027-02-26' })).toEqual([]);
    expect(beyond({ ...day, nextReview: '2027-02-27' })).toHaveLength(1);
  });

  it('cannot skip it where there is any, and needs none where there is none [LIF-14]', () => {
    expect(beyond(lacking('template'))).toEqual([expect.stringContaining('(desk)')]);
    expect(beyond(lacking('template'), null)).toEqual([]);
    const bare = { owner: 'ann', purpose: 'p', manifest: 'writing' };
    expect(beyond(bare, null)).toEqual([]);
  });

  it('is bounded by what the template names alone', () => {
    const least = { purpose: 'p', manifests: ['support'], groups: ['billing'] };
    expect(beyond(fits, least)).toEqual([]);
    const more = { ...fits, autonomy: 'broad', rate: { perMinute: 6_000 }, toolLimit: 500 };
    expect(beyond(more, least)).toEqual([]);
  });
});
