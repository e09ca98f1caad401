import { describe, expect, it } from 'vitest';
import {
  type AgentEntry,
  autonomies,
  type Snapshot,
  type TenantSnapshot,
} from '#kernel/snapshot.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { agentKind, agentsPart } from './index.ts';

const now = Date.parse('2026-11-28T00:00:00Z');
const least = { owner: 'ann', purpose: 'refunds', manifest: 'refunds' };
const controls: Readonly<Record<string, JsonObject>> = {
  callsPerDay: { callsPerDay: 100 },
  review: { review: { every: '30d' } },
  standing: { standing: 'none' },
};
const all = Object.assign({}, ...Object.values(controls)) as JsonObject;

function entry(spec: JsonObject): AgentEntry {
  const parsed = agentKind.parse('support', { ...least, ...spec });
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.entry;
}

/** One server, in this phase for one of its tools. */
function problemsOf(spec: JsonObject, phase?: 'observe' | 'warn'): readonly string[] {
  const toolClass = phase === undefined ? {} : { phase };
  const tenant = {
    tenant: 'main',
    agents: { support: entry(spec) },
    manifests: {
      refunds: { name: 'refunds', targets: [{ target: { kind: 'tool', owner: 'billing' } }] },
    },
    servers: { billing: { name: 'billing', defaultClass: {}, tools: { pay: toolClass } } },
  } as unknown as TenantSnapshot;
  const compiled = agentsPart.compile(
    { tenants: { main: tenant }, createdAt: now } as unknown as Snapshot,
    undefined,
  );
  if (compiled instanceof Promise) throw new Error('it waits for nothing');
  return compiled.kind === 'refused' ? compiled.problems.map(({ message }) => message) : [];
}

/** What is missing of a document that has everything but this. */
const missing = (autonomy: string, without: string): boolean => {
  const { [without]: _, ...rest } = all;
  return problemsOf({ ...rest, autonomy }).length > 0;
};

describe('declared autonomy', () => {
  it('needs the controls of its level, each of them, and no more: the matrix [POL-22] [LIF-14]', () => {
    const matrix = Object.fromEntries(
      autonomies.map((autonomy) => [
        autonomy,
        {
          ...Object.fromEntries(Object.keys(controls).map((one) => [one, missing(autonomy, one)])),
          unbound:
            problemsOf({ ...all, autonomy, unbound: { effects: ['read', 'write'] } }).length > 0,
          enforced: problemsOf({ ...all, autonomy }, 'observe').length > 0,
          monthly: problemsOf({ ...all, autonomy, review: { every: '90d' } }).length > 0,
          nothing: problemsOf({ ...all, autonomy }).length > 0,
        },
      ]),
    );
    expect(matrix).toEqual({
      assisted: {
        callsPerDay: false,
        review: false,
        standing: false,
        unbound: false,
        enforced: false,
        monthly: false,
        nothing: false,
      },
      'semi-autonomous': {
        callsPerDay: true,
        review: true,
        standing: false,
        unbound: true,
        enforced: true,
        monthly: false,
        nothing: false,
      },
      broad: {
        callsPerDay: true,
        review: true,
        standing: true,
        unbound: true,
        enforced: true,
        monthly: true,
        nothing: false,
      },
    });
  });

  it('says all that is missing at once, each with what to do, and names the servers', () => {
    const told = problemsOf({ autonomy: 'broad', unbound: { effects: ['delete'] } }, 'warn');
    expect(told).toHaveLength(6);
    expect(told.join('\n')).toContain('callsPerDay: N');
    expect(told.join('\n')).toContain('(billing)');
  });

  it('takes a day for a review as far as it is away', () => {
    const { review: _, ...rest } = all;
    const on = (autonomy: string, nextReview: string) =>
      problemsOf({ ...rest, autonomy, nextReview }).length;
    expect(on('broad', '2026-12-29')).toBe(0);
    expect(on('broad', '2026-12-30')).toBe(1);
    expect(on('semi-autonomous', '2027-11-29')).toBe(0);
    expect(on('semi-autonomous', '2027-11-30')).toBe(1);
    expect(on('broad', '9999-12-31')).toBe(2);
  });

  it('finds a server that only tells also where the manifest names what any server has', () => {
    const tenant = {
      tenant: 'main',
      agents: { support: entry({ ...all, autonomy: 'broad' }) },
      manifests: {
        refunds: { name: 'refunds', targets: [{ target: { kind: 'resource', owner: '*' } }] },
      },
      servers: { billing: { name: 'billing', defaultClass: { phase: 'observe' }, tools: {} } },
    } as unknown as TenantSnapshot;
    const asked = { tenants: { main: tenant }, createdAt: now } as unknown as Snapshot;
    expect(agentsPart.compile(asked, undefined)).toMatchObject({ kind: 'refused' });
  });

  it('asks nothing of an agent that declares none', () => {
    expect(problemsOf({ unbound: { effects: ['delete'] } }, 'observe')).toEqual([]);
  });
});
