import { describe, expect, it } from 'vitest';
import { actorChain, type Principal } from '#kernel/principal.ts';
import { questionsFor } from '#planes/audit/index.ts';
import { partsOf } from './principal-parts.ts';

function principal(over: Partial<Principal> = {}): Principal {
  return {
    kind: 'agent',
    tenant: 'main',
    agent: 'refund-bot',
    instance: 'refund-bot-1',
    user: undefined,
    task: 'task-1',
    session: 'session-1',
    hops: [{ agent: 'planner', instance: 'planner-1' }],
    binding: 'dpop',
    keyThumbprint: 'thumb',
    ...over,
  };
}

const asked = {
  method: 'tools/call',
  named: 'billing.create_refund',
  decision: undefined,
  manifest: 'refunds',
};

describe('what records say of a principal', () => {
  it('is the chain and the questions that anybody would make of it [IDN-20, POL-23]', () => {
    const who = principal();
    expect(partsOf(who).actors).toEqual(actorChain(who));
    expect(partsOf(who).questions(asked)).toEqual(questionsFor({ ...asked, principal: who }));
  });

  it('is one object while it says the same, and never what was said of something else', () => {
    const who = principal();
    const parts = partsOf(who);
    expect(partsOf(who).actors).toBe(parts.actors);
    const first = parts.questions(asked);
    expect(parts.questions({ ...asked })).toBe(first);
    for (const over of [
      { method: 'prompts/get' },
      { named: undefined },
      { named: 'billing.create_refunds' },
      { manifest: undefined },
    ]) {
      const other = { ...asked, ...over };
      expect(parts.questions(other)).toEqual(questionsFor({ ...other, principal: who }));
      expect(parts.questions(asked)).toEqual(first);
    }
  });

  it('is made once of the user and the scope too, and nothing of whom neither is said [POL-04]', () => {
    expect(partsOf(principal()).facts).toBeUndefined();
    const user = { subject: 'ada', issuer: 'https://idp.example', groups: ['finance'] };
    const marks = [{ name: 'device', digest: 'd'.repeat(32) }];
    const who = principal({
      user: { ...user, claims: ['device=managed'], marks },
      scope: { effects: ['read'], amounts: [{ task: 't', calls: 3 }] },
    });
    const { facts } = partsOf(who);
    expect(facts).toEqual({
      user: { issuer: user.issuer, groups: user.groups, claims: marks },
      scope: { effects: ['read'] },
    });
    expect(partsOf(who).facts).toBe(facts);
    expect(() => Object.assign(facts?.scope ?? {}, { effects: ['write'] })).toThrow(TypeError);
  });

  it('is of this principal alone, which nobody can change any more', () => {
    const who = principal();
    const another = principal({ agent: 'other-bot' });
    expect(partsOf(who).actors.at(-1)?.name).toBe('refund-bot');
    expect(partsOf(another).actors.at(-1)?.name).toBe('other-bot');
    expect(() => Object.assign(who, { agent: 'other-bot' })).toThrow(TypeError);
    expect(() => Object.assign(partsOf(who).actors[0] ?? {}, { name: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(partsOf(who).questions(asked), { who: 'x' })).toThrow(TypeError);
  });
});
