import { describe, expect, it } from 'vitest';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { Sequences } from './sequences.ts';

const of = (session: string) => draftOf('policy.intent', { session });
const now = 1_790_000_000_000;

describe('the sequences', () => {
  it('forget the session that was idle longest, and no other; should it come back, its count has a later life', () => {
    const sequences = new Sequences(0, 2);
    const take = (session: string) => sequences.take(of(session), now);
    expect(['a', 'b', 'a', 'c'].map((one) => take(one).sequence)).toEqual([1, 1, 2, 1]);
    expect(take('a')).toEqual({ sequence: 3, life: now });
    expect(take('b')).toEqual({ sequence: 1, life: now + 1 });
  });

  it('begin a life after every one of the life before, whatever the clock says [AUD-03]', () => {
    const before = new Sequences();
    expect(before.take(of('a'), now)).toEqual({ sequence: 1, life: now });
    expect(before.take(of('b'), now - 60_000)).toEqual({ sequence: 1, life: now });
    const newestId = now + 5;
    expect(new Sequences(newestId).take(of('a'), now - 60_000).life).toBe(newestId + 1);
    expect(new Sequences(newestId).take(of('a'), now + 900.5).life).toBe(now + 900);
  });

  it('give out again what was given back', () => {
    const sequences = new Sequences();
    sequences.take(of('a'), now);
    const second = sequences.take(of('a'), now);
    expect(second.sequence).toBe(2);
    sequences.giveBack(of('a'), second);
    expect(sequences.take(of('a'), now)).toEqual(second);
  });

  it('give out nothing again in another life', () => {
    const sequences = new Sequences(0, 1);
    const first = sequences.take(of('a'), now);
    sequences.take(of('b'), now);
    expect(sequences.take(of('a'), now)).toEqual({ sequence: 1, life: now + 1 });
    sequences.giveBack(of('a'), first);
    expect(sequences.take(of('a'), now).sequence).toBe(2);
  });

  it('use no number twice and leave no hole when a later record was written before', () => {
    const sequences = new Sequences();
    const take = () => sequences.take(of('a'), now);
    const [first, second, , fourth] = [take(), take(), take(), take()];
    sequences.giveBack(of('a'), second);
    sequences.giveBack(of('a'), first);
    expect([take(), take(), take()].map(({ sequence }) => sequence)).toEqual([1, 2, 5]);
    sequences.giveBack(of('a'), fourth);
    sequences.giveBack(of('a'), { ...fourth, sequence: 5 });
    expect(take().sequence).toBe(4);
  });
});
