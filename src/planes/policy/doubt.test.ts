import { describe, expect, it } from 'vitest';
import type { PolicyDoubt } from '#contracts/policy-engine.ts';
import { doubtDraft, policyFaults, policyHealthTold } from './index.ts';

const doubt: PolicyDoubt = {
  tenant: 'main',
  target: 'resource:files/file:///a\u202eb',
  rules: Array.from({ length: 30 }, (_unused, at) => `r${at}`),
  policyDigest: 'd',
};

describe('evaluators that differ', () => {
  it('are a record `policy.doubted`, with what they differ about and nothing of what was said', () => {
    const draft = doubtDraft('gateway-1', doubt);
    expect(draft).toEqual({
      type: 'policy.doubted',
      tenant: 'main',
      actors: [{ kind: 'system', name: 'gateway-1' }],
      details: {
        target: expect.not.stringContaining('\u202e'),
        rules: doubt.rules.slice(0, 20),
        policyDigest: 'd',
        differing: 30,
      },
    });
  });

  it('are told with each ping, as little as is of use, and read back from it for people', () => {
    const told = policyHealthTold({
      oracleAnswers: false,
      doubts: Array.from({ length: 9 }, () => doubt),
    });
    expect(policyFaults(told)).toHaveLength(6);
    expect(policyFaults(told)[0]).toContain('r0, r1');
    expect(policyHealthTold({ oracleAnswers: true, doubts: [] })).toEqual({});
    expect(policyFaults({})).toEqual([]);
  });
});
