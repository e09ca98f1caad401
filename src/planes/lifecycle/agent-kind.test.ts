import { describe, expect, it } from 'vitest';
import { agentKind } from './index.ts';

const least = { owner: 'ann', purpose: 'answers refund tickets', manifest: 'refunds' };

describe('kind: Agent', () => {
  it('needs an owner, a purpose and a manifest, and is careful about the rest', () => {
    expect(agentKind.parse('refunds', least)).toEqual({
      kind: 'parsed',
      entry: {
        name: 'refunds',
        owner: 'ann',
        purpose: 'answers refund tickets',
        manifest: 'refunds',
        environment: 'production',
        ratePerMinute: 600,
        burst: 100,
        callsPerDay: undefined,
        unboundEffects: ['read'],
        suspended: false,
        toolLimit: 128,
      },
      references: [{ kind: 'Manifest', name: 'refunds', path: ['spec', 'manifest'] }],
    });
  });

  it('takes rates, quotas and a closed unbound list', () => {
    const spec = {
      ...least,
      rate: { perMinute: 6, burst: 2 },
      callsPerDay: 10,
      unbound: { effects: [] },
      toolLimit: 5,
      suspended: true,
    };
    const parsed = agentKind.parse('a', spec);
    expect(parsed.kind === 'parsed' && parsed.entry).toMatchObject({
      ratePerMinute: 6,
      burst: 2,
      callsPerDay: 10,
      unboundEffects: [],
      toolLimit: 5,
      suspended: true,
    });
  });

  it('tells every problem at once and echoes no value', () => {
    const secret = 'sk-live-123456';
    const parsed = agentKind.parse('a', { owner: secret.repeat(20), rate: { perMinute: 0 }, x: 1 });
    const problems = parsed.kind === 'problems' ? parsed.problems : [];
    expect(problems.map(({ path }) => path.join('.'))).toEqual([
      'spec.owner',
      'spec.purpose',
      'spec.manifest',
      'spec.rate.perMinute',
      'spec.x',
    ]);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});
