import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeCircle } from '../../test/fakes/fake-fellows.ts';
import { slowCircle } from '../../test/fakes/slow-circle.ts';
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
    // One lent on what it had borrowed itself, and gave it back.
    const lentOn = [
      { do: 'take', index: 2, times: 42 },
      { do: 'take', index: 0, times: 1 },
      { do: 'take', index: 2, times: 15 },
      { do: 'give', index: 0, times: 1 },
      { do: 'take', index: 1, times: 8 },
    ];
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
      { seed: 8, examples: [[lentOn]] },
    );
  });
});

/** The same where each message arrives when it is let, or is lost with its connection. */
function slowWorld(count: number) {
  const circle = slowCircle(count);
  const taken = Array.from({ length: count }, () => 0);
  let now = 0;
  const places = circle.fellows.map((fellows) =>
    createPlaces({ kind: 'agent', bound, fellows, monotonic: () => now }),
  );
  for (const [index, own] of places.entries()) {
    circle.join(index, {
      methods: {
        lend: (ask) => own.lend(ask, taken[index] ?? 0),
        giveBack: (back) => {
          own.takeBack(back);
          return 0;
        },
      },
      holdsOf: (fellow) => own.holdsOf(fellow),
      greeted: (fellow, holds) => own.greeted(fellow, holds),
    });
  }
  const fill = (index: number): void => {
    taken[index] = Math.max(taken[index] ?? 0, places[index]?.size('a') ?? 0);
  };
  return {
    circle,
    taken,
    sizes: () => places.map((own) => own.size('a')),
    /** Takes all that there is here, and what comes when more is asked for. */
    async take(index: number) {
      now += 1_000;
      fill(index);
      const more = places[index]?.more('a');
      if (more === undefined) return;
      await more;
      fill(index);
    },
    giveAll(index: number) {
      if (taken[index] === 0) return;
      taken[index] = 0;
      places[index]?.idle('a');
    },
    /** Until nothing is on its way. */
    async quiet() {
      for (;;) {
        const didArrive = circle.deliver(0);
        await new Promise((resolve) => setImmediate(resolve));
        if (!didArrive) return;
      }
    },
  };
}

describe('places whose messages cross', () => {
  it('are as many as before when what is given back and what is lent pass each other', async () => {
    const it = slowWorld(2);
    await Promise.all([it.take(0), it.quiet()]);
    expect(it.sizes()).toEqual([34, 30]);
    it.giveAll(0);
    // The other one asks on its own line, which is quicker than what is given back.
    const asked = it.take(1);
    for (let turn = 0; turn < 2; turn += 1) {
      it.circle.deliver(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([asked, it.quiet()]);
    expect(sum(it.sizes())).toBe(bound);
    it.giveAll(1);
    await it.quiet();
    expect(it.sizes()).toEqual([32, 32]);
  });

  it('never become more and never stay less, whatever arrives late or is lost with its connection', async () => {
    const act = fc.record({
      do: fc.constantFrom('take', 'take', 'give', 'deliver', 'deliver', 'deliver', 'lose'),
      pick: fc.nat(11),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 80 }), async (acts) => {
        const it = slowWorld(3);
        const takes: Promise<void>[] = [];
        for (const { do: what, pick } of acts) {
          if (what === 'take') takes.push(it.take(pick % 3));
          else if (what === 'give') it.giveAll(pick % 3);
          else if (what === 'lose') it.circle.lose(pick);
          else it.circle.deliver(pick);
          await new Promise((resolve) => setImmediate(resolve));
          expect(sum(it.sizes())).toBeLessThanOrEqual(bound);
          expect(sum(it.taken)).toBeLessThanOrEqual(bound);
        }
        await it.quiet();
        await Promise.all(takes);
        expect(sum(it.sizes())).toBe(bound);
        for (const index of it.taken.keys()) it.giveAll(index);
        await it.quiet();
        expect(sum(it.sizes())).toBe(bound);
      }),
      { numRuns: 300, seed: 8 },
    );
  });
});
