import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { foundSoon } from './commands.ts';
import { FollowedTail, restAfterLook } from './follow-tail.ts';

let world: IndexedWorld;
beforeEach(async () => {
  world = await createIndexedWorld();
});
afterEach(() => world.close());

const ask = async ({ q = '', arrivedAfter, limit }: Readonly<Record<string, string>>) => {
  const answer = await world.ask(q, { most: Math.min(Number(limit), 200), arrivedAfter });
  return JSON.parse(JSON.stringify(answer)) as JsonObject;
};
const callsOf = (records: readonly JsonObject[]) =>
  records.map(({ record }) => (record as JsonObject)['call']);
const drafts = (calls: readonly string[]) =>
  calls.map((call) => draftOf('policy.intent', { call }));

async function looked(tail: FollowedTail): Promise<unknown[]> {
  const told: unknown[] = [];
  await tail.look('', ask, (_answer, records) => told.push(...callsOf(records)));
  return told;
}

describe('a tail that is followed', () => {
  it('tells all that came between two looks, however much, once and oldest first', async () => {
    await world.write(drafts(['old', 'a', 'b']));
    const tail = new FollowedTail();
    expect(callsOf(tail.begin(await ask({ limit: '2' })))).toEqual(['a', 'b']);
    world.clock.advance(1);
    const burst = Array.from({ length: 650 }, (_, at) => `c-${at}`);
    await world.write(drafts(burst));
    const told = await looked(tail);
    expect(told.filter((call) => call !== 'old')).toEqual(burst);
    expect(await looked(tail)).toEqual([]);
  });

  it('tells what was made before the newest and comes after it', async () => {
    await world.write(drafts(['first']));
    world.clock.advance(1_000);
    const tail = new FollowedTail();
    tail.begin(await ask({ limit: '20' }));
    await world.write(drafts(['late']), 'control-1');
    world.clock.advance(2_000);
    await world.write(drafts(['newest']));
    // Its writer signs only now.
    expect(await looked(tail)).toEqual(['late', 'newest']);
  });

  it('tells what comes to the log an hour after it was made [AUD-07]', async () => {
    await world.write(drafts(['first']));
    const tail = new FollowedTail();
    world.clock.advance(3_600_000);
    await world.write(drafts(['newer']));
    expect(callsOf(tail.begin(await ask({ limit: '20' })))).toEqual(['first', 'newer']);
    // Of a gateway that could not sign until now.
    world.clock.advance(-3_600_000);
    await world.write(drafts(['an hour late']), 'gateway-2');
    expect(await looked(tail)).toEqual(['an hour late']);
    expect(await looked(tail)).toEqual([]);
  });

  it('tells only what is asked for, also of what comes late', async () => {
    const tail = new FollowedTail();
    tail.begin(await ask({ q: 'call:a', limit: '20' }));
    await world.write(drafts(['b', 'a']), 'control-1');
    const told: unknown[] = [];
    await tail.look('call:a', ask, (_answer, records) => told.push(...callsOf(records)));
    expect(told).toEqual(['a']);
  });

  it('is refused with a mark that is none', async () => {
    for (const arrivedAfter of ['x', '12345678', '12345678-1', 'ffffffff1..']) {
      await expect(ask({ arrivedAfter, limit: '1' })).rejects.toMatchObject({
        code: 'audit/query-malformed',
      });
    }
  });

  it('begins with nothing where there is nothing yet', async () => {
    const tail = new FollowedTail();
    expect(tail.begin(await ask({ limit: '20' }))).toEqual([]);
    await world.write(drafts(['a']));
    expect(await looked(tail)).toEqual(['a']);
  });

  it('looks less often while nothing comes, since each look is on record', () => {
    expect([restAfterLook(3, 4_000), restAfterLook(0, 1_000), restAfterLook(0, 4_000)]).toEqual([
      1_000, 2_000, 5_000,
    ]);
  });
});

describe('the records of a call that was made a moment ago', () => {
  it('are waited for, and not for ever', async () => {
    let looks = 0;
    const later = await foundSoon(async () => {
      looks += 1;
      return { records: looks < 3 ? [] : [{ record: { id: 'r1' } }] };
    }, 0);
    expect([looks, later]).toEqual([3, { records: [{ record: { id: 'r1' } }] }]);
    looks = 0;
    const never = await foundSoon(async () => {
      looks += 1;
      return { records: [] };
    }, 0);
    expect([looks, never]).toEqual([7, { records: [] }]);
  });
});
