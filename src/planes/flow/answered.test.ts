import { describe, expect, it } from 'vitest';
import type { FlowFacts, FlowReason } from '#kernel/decision.ts';
import { provedArguments, sinkOf, withoutAnswered } from './answered.ts';

const doubt = (argument: string | undefined, why: FlowReason['why'] = 'stranger'): FlowReason => ({
  why,
  argument,
  kind: argument === undefined ? undefined : 'recipient',
  origin: undefined,
  form: undefined,
  lookAlike: false,
  beside: 0,
});

const facts = (reasons: readonly FlowReason[], over: Partial<FlowFacts> = {}): FlowFacts => ({
  verdict: 'step-up',
  intent: true,
  kinds: ['recipient'],
  whys: [...new Set(reasons.map(({ why }) => why))],
  origins: [],
  reasons,
  ...over,
});

const always = (): string => 'a1';

describe('a yes that was given before', () => {
  it('takes the doubt about its value away, and says which it was [SEM-05]', () => {
    expect(withoutAnswered(facts([doubt('to')]), always)).toMatchObject({
      verdict: 'auto',
      kinds: [],
      whys: [],
      reasons: [],
      answered: [{ argument: 'to', approval: 'a1' }],
    });
  });

  it('leaves every doubt that is about no value', () => {
    const left = withoutAnswered(facts([doubt('to'), doubt(undefined, 'not-asked')]), always);
    expect(left).toMatchObject({ verdict: 'step-up', whys: ['not-asked'] });
  });

  it('turns no *no* around, and grants nothing without the words of the user', () => {
    const no = facts([doubt('to', 'unwanted')], { verdict: 'no' });
    expect(withoutAnswered(no, always)).toBe(no);
    const wordless = facts([doubt('to')], { intent: false });
    expect(withoutAnswered(wordless, always)).toBe(wordless);
  });

  it('frees nothing where more is doubtful than is told', () => {
    const many = facts(Array.from({ length: 32 }, (_, n) => doubt(`to[${n}]`)));
    expect(withoutAnswered(many, always)).toBe(many);
    expect(withoutAnswered(facts(many.reasons.slice(1)), always).verdict).toBe('auto');
  });
});

describe('what is proved of a held call [APR-15]', () => {
  const given = { to: ['a@b', 'c@d'], amount: 7, body: 'hi', note: 'x' };
  const sinks = { 'to[]': 'recipient', amount: 'amount', body: 'payload' } as const;

  it('is every declared argument that acts and nobody doubts', () => {
    expect(provedArguments(given, { sinks }, facts([doubt('to[1]')]))).toEqual([
      { argument: 'to[0]', kind: 'recipient' },
      { argument: 'amount', kind: 'amount' },
    ]);
  });

  it('is not known where not everything was looked into', () => {
    const cut = facts([doubt('to[1]'), doubt(undefined, 'too-much')]);
    expect(provedArguments(given, { sinks }, cut)).toBeUndefined();
    expect(provedArguments(given, { sinks }, facts([], { intent: false }))).toBeUndefined();
  });
});

it('a sink is the same for every item of a list', () => {
  expect(sinkOf('guests[12].mails[0]')).toBe('guests[].mails[]');
  expect(sinkOf('to')).toBe('to');
});
