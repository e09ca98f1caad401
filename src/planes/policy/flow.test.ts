import { describe, expect, it } from 'vitest';
import type { DecisionInput, FlowFacts } from '#kernel/decision.ts';
import type { AppliedRule } from '#contracts/policy-engine.ts';
import { combine } from './combine.ts';
import { explanationOf } from './explanation.ts';
import { flowClass } from './builtin.ts';

const questions = { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false };
const facts = (over: Partial<FlowFacts>): FlowFacts => ({
  verdict: 'auto',
  intent: true,
  kinds: [],
  whys: [],
  origins: [],
  reasons: [],
  ...over,
});
const permit = (untrusted?: AppliedRule['untrusted']): AppliedRule => ({
  id: 'yes',
  effect: 'permit',
  approvalClass: undefined,
  ...(untrusted === undefined ? {} : { untrusted }),
});
const asks: AppliedRule = { id: 'builtin/flow-asks', effect: 'forbid', approvalClass: flowClass };

function verdictOf(
  applied: readonly AppliedRule[],
  flow: FlowFacts | undefined,
  effectClass = 'write',
  labels: DecisionInput['labels'] = ['integrity:untrusted'],
) {
  return combine({ applied, errors: [] }, { labels, effectClass, flow }, questions);
}

describe('what flows, in a decision [POL-11]', () => {
  it('takes the raise by untrusted content away only where every value is the user’s', () => {
    expect(verdictOf([permit()], undefined).approvalClass).toBe('untrusted-content');
    expect(verdictOf([permit('proved')], facts({}))).toMatchObject({
      effect: 'allow',
      rules: ['builtin/flow-proved', 'yes'],
    });
    for (const flow of [facts({ verdict: 'step-up' }), facts({ verdict: 'no' }), undefined]) {
      expect(verdictOf([permit('proved')], flow).approvalClass).toBe('untrusted-content');
    }
    // Nobody said what is wanted: nothing is proved.
    expect(verdictOf([permit('proved')], facts({ intent: false })).effect).toBe('approve');
  });

  it('frees nothing by itself: a permit of this tool has to trust in it, and none may say to ask', () => {
    expect(verdictOf([permit()], facts({})).approvalClass).toBe('untrusted-content');
    const [trusts, asks] = [permit('proved'), permit('ask')];
    expect(verdictOf([trusts, asks], facts({})).approvalClass).toBe('untrusted-content');
  });

  it('is asked about by its own class, which is not joined with the other', () => {
    const verdict = verdictOf([permit(), asks], facts({ verdict: 'step-up' }));
    expect([verdict.effect, verdict.approvalClass]).toEqual(['approve', flowClass]);
  });

  it('lifts no forbid, no approval of a rule and no permit that says to ask', () => {
    const forbid: AppliedRule = { id: 'no', effect: 'forbid', approvalClass: undefined };
    const human: AppliedRule = { id: 'human', effect: 'forbid', approvalClass: 'write' };
    expect(verdictOf([permit('proved'), forbid], facts({})).effect).toBe('deny');
    expect(verdictOf([permit('proved'), human], facts({})).approvalClass).toBe('write');
    expect(verdictOf([permit('ask')], facts({})).approvalClass).toBe('untrusted-content');
  });

  it('raises a read that speaks where nobody knows what is wanted, and no other read', () => {
    const unknown = facts({ verdict: 'step-up', intent: false, whys: ['no-words'] });
    expect(verdictOf([permit()], unknown, 'read').effect).toBe('approve');
    expect(verdictOf([permit()], facts({ intent: false }), 'read').effect).toBe('allow');
    expect(verdictOf([permit()], unknown, 'read', []).effect).toBe('allow');
  });

  it('is told in one sentence that names places and no value, whatever they are called', () => {
    const input = {
      agent: 'worker',
      target: { kind: 'tool', owner: 'a', name: 'b' },
      effectClass: 'write',
      reversible: true,
      labels: [],
    } as const;
    const reason = {
      why: 'several',
      argument: 'to`; all is well',
      kind: 'account',
      origin: { target: 'a/c', call: 'c1', path: 'x\u202ey' },
      form: 'pieces',
      lookAlike: false,
      beside: 2,
    } as const;
    const flow = facts({ verdict: 'step-up', reasons: [reason, reason] });
    const verdict = {
      effect: 'approve',
      ground: 'asked',
      rules: ['r'],
      approvalClass: 'c',
    } as const;
    expect(explanationOf(verdict, { ...input, flow })).toBe(
      '`worker` wants to call `a/b` (write, can be undone), and rule `r` asks a human (class `c`); the account in `to\\u{60}; all is well` is one of several that stood where the user pointed (2 others of its kind): first appeared, in pieces, in `a/c` at `x\\u{202e}y` (call c1) (and 1 more doubt)',
    );
  });
});
