import { describe, expect, it } from 'vitest';
import type { FlowReason } from '#kernel/decision.ts';
import type { Approval } from '#kernel/grant.ts';
import { doubtedValues } from './doubted-values.ts';

function shownAt(argument: string, args: unknown): string | null | undefined {
  const doubt: FlowReason = {
    why: 'stranger',
    argument,
    kind: 'recipient',
    origin: undefined,
    form: undefined,
    lookAlike: false,
    beside: 0,
  };
  const approval = { context: { doubts: [doubt] } } as unknown as Approval;
  return doubtedValues(approval, JSON.stringify(args))[0]?.value;
}

describe('a doubted value', () => {
  it('is shown from where it stands', () => {
    const args = { guests: [{ email: 'a@b' }, { email: 'c@d' }], n: 7, on: false };
    expect(shownAt('guests[1].email', args)).toBe('c@d');
    expect([shownAt('n', args), shownAt('on', args)]).toEqual(['7', 'false']);
    expect([shownAt('guests', args), shownAt('guests[2].email', args)]).toEqual([null, null]);
    expect(shownAt('toString', args)).toBeNull();
  });

  it('is found under names with dots and brackets', () => {
    expect(shownAt('cc.mail', { 'cc.mail': 'a@b' })).toBe('a@b');
    expect(shownAt('x[0].y', { 'x[0]': { y: 'a@b' } })).toBe('a@b');
    expect(shownAt(`${'k'.repeat(64)}.y`, { ['k'.repeat(70)]: { y: 'a@b' } })).toBe('a@b');
  });

  it('is not shown for another one whose place is written the same', () => {
    const args = { 'cc.mail': 'drop@evil.example', cc: { mail: 'ann@corp.example' } };
    expect(shownAt('cc.mail', args)).toBeNull();
    expect(shownAt('x[0]', { 'x[0]': 'a@b', x: ['c@d'] })).toBeNull();
  });
});
