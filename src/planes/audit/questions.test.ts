import { describe, expect, it } from 'vitest';
import type { Decision } from '#kernel/decision.ts';
import type { Principal } from '#kernel/principal.ts';
import { questionsFor } from './questions.ts';

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'refund-bot',
  instance: 'refund-bot-1',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: undefined,
};
const call = { method: 'tools/call', named: 'billing.create_refund' } as const;
const decision = (effect: Decision['effect']) => ({ effect }) as Decision;

describe('the four questions', () => {
  it('are answered in words for each effect of a decision [POL-23]', () => {
    const asked = { principal, ...call, manifest: 'refunds' };
    expect(questionsFor({ ...asked, decision: decision('allow') })).toEqual({
      who: 'agent refund-bot, instance refund-bot-1',
      asks: 'tools/call billing.create_refund',
      canInvoke: 'the tools of manifest refunds',
      withoutHuman: true,
    });
    for (const effect of ['deny', 'approve'] as const) {
      expect(questionsFor({ ...asked, decision: decision(effect) }).withoutHuman).toBe(false);
    }
  });

  it('say yes to nothing before there is a decision [POL-23]', () => {
    const list = { method: 'tools/list', named: undefined } as const;
    const asked = { principal, ...list, decision: undefined, manifest: undefined };
    expect(questionsFor(asked)).toMatchObject({
      asks: 'tools/list',
      canInvoke: 'nothing: no tool was resolved',
      withoutHuman: false,
    });
  });

  it('name the human and every hop [POL-23, IDN-20]', () => {
    const handed: Principal = {
      ...principal,
      user: { subject: 'ada@example.com', issuer: 'https://idp.example.com', groups: [] },
      hops: [
        { agent: 'planner', instance: 'p-1' },
        { agent: 'worker', instance: 'w-1' },
      ],
    };
    const asked = { ...call, decision: undefined, manifest: undefined };
    expect(questionsFor({ ...asked, principal: handed }).who).toBe(
      'agent refund-bot, instance refund-bot-1, handed on by planner, then worker, for ada@example.com',
    );
  });
});
