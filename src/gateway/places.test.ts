import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeCircle } from '../../test/fakes/fake-fellows.ts';
import { createPlaces, type Places } from './places.ts';

const bound = 64;

/** Gateways that count what is taken under one name. */
function world(count: number) {
  const circle = fakeCircle(count);
  let now = 0;
  const taken = Array.from({ length: count }, () => 0);
  const begin = (index: number): Places => {
    const fellows = circle.fellows[index];
    if (fellows === undefined) throw new Error('nobody');
    return createPlaces({ kind: 'agent', bound, fellows, monotonic: () => now });
  };
  const places = Array.from({ length: count }, (_, index) => begin(index));
  const join = (index: number) =>
    circle.join(index, {
      lend: (ask) => places[index]?.lend(ask, taken[index] ?? 0) ?? 0,
      giveBack: (back) => {
        places[index]?.takeBack(back);
        return 0;
      },
    });
  for (const index of places.keys()) join(index);
  const take = async (index: number): Promise<boolean> => {
    const own = places[index];
    if (own === undefined) return false;
    for (;;) {
      if ((taken[index] ?? 0) < own.size('a')) {
        taken[index] = (taken[index] ?? 0) + 1;
        return true;
      }
      if ((await own.more('a')) !== true) return false;
    }
  };
  return {
    places,
    taken,
    take,
    pass: (ms: number) => (now += ms),
    give(index: number) {
      taken[index] = Math.max(0, (taken[index] ?? 0) - 1);
      if (taken[index] === 0) places[index]?.idle('a');
    },
    restart(index: number) {
      taken[index] = 0;
      places[index] = begin(index);
      for (const [other, its] of places.entries()) {
        if (other === index) continue;
        its.greeted(index, places[index]?.holdsOf(other) ?? []);
        places[index]?.greeted(other, its.holdsOf(index));
      }
    },
    end: (index: number) => circle.leave(index),
  };
}

const sum = (some: readonly number[]) => some.reduce((all, one) => all + one, 0);

describe('places that several gateways share', () => {
  it('are all there for one of them while nobody else needs any', async () => {
    const it = world(3);
    let got = 0;
    while (await it.take(0)) got += 1;
    expect(got).toBe(bound);
    // The others have none left; as soon as one is free they borrow it back.
    expect(await it.take(1)).toBe(false);
    it.give(0);
    it.pass(1_000);
    expect(await it.take(1)).toBe(true);
  });

  it('ask nobody below the share', () => {
    const it = world(2);
    it.end(1);
    expect(it.places[0]?.size('a')).toBe(bound / 2);
  });

  it('go back when nothing is taken any more', async () => {
    const it = world(2);
    while (await it.take(0));
    while ((it.taken[0] ?? 0) > 0) it.give(0);
    expect(it.places.map((own) => own.size('a'))).toEqual([bound / 2, bound / 2]);
    expect(it.places[0]?.holdsOf(1)).toEqual([]);
  });

  it('never become more, whoever takes, gives, ends or begins anew', async () => {
    const act = fc.record({
      do: fc.constantFrom('take', 'take', 'take', 'give', 'restart', 'pass'),
      index: fc.nat(2),
      times: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const it = world(3);
        for (const { do: what, index, times } of acts) {
          if (what === 'restart') it.restart(index);
          else if (what === 'pass') it.pass(times);
          else if (what === 'give') for (let n = 0; n < times; n += 1) it.give(index);
          else await Promise.all(Array.from({ length: times }, () => it.take(index)));
          expect(sum(it.taken)).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });
});
