import { describe, expect, it } from 'vitest';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { Sequences } from './sequences.ts';

const of = (session: string) => draftOf('policy.intent', { session });

describe('the sequences', () => {
  it('forget the session that was idle longest, and no other', () => {
    const sequences = new Sequences(2);
    expect([of('a'), of('b'), of('a'), of('c')].map((one) => sequences.take(one))).toEqual([
      1, 1, 2, 1,
    ]);
    expect(sequences.take(of('a'))).toBe(3);
    expect(sequences.take(of('b'))).toBe(1);
  });

  it('give out again what was given back', () => {
    const sequences = new Sequences();
    sequences.take(of('a'));
    expect(sequences.take(of('a'))).toBe(2);
    sequences.giveBack(of('a'), 2);
    expect(sequences.take(of('a'))).toBe(2);
  });

  it('use no number twice and leave no hole when a later record was written before', () => {
    const sequences = new Sequences();
    const taken = [1, 2, 3, 4].map(() => sequences.take(of('a')));
    expect(taken).toEqual([1, 2, 3, 4]);
    sequences.giveBack(of('a'), 2);
    sequences.giveBack(of('a'), 1);
    expect([1, 2, 3].map(() => sequences.take(of('a')))).toEqual([1, 2, 5]);
    sequences.giveBack(of('a'), 4);
    sequences.giveBack(of('a'), 5);
    expect(sequences.take(of('a'))).toBe(4);
  });
});
