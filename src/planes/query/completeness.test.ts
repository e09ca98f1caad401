import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordDraft } from '#kernel/record.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { draftOf, fullDraft } from '../../../test/fakes/record-drafts.ts';
import { seeded } from '../../../test/fakes/seeded.ts';

let world: IndexedWorld;
beforeEach(async () => {
  world = await createIndexedWorld();
});
afterEach(() => world.close());

const day = 86_400_000;
const writers = ['gateway-1', 'gateway-2', 'control-1'] as const;

interface Written {
  readonly call: string;
  readonly at: number;
  readonly customer: string;
  readonly named: string;
  readonly agent: string;
  readonly verdict: 'allow' | 'deny';
}

/** What was written, kept beside the product: it knows of no term, no index and no log. */
async function writeMany(records: number, seed: number): Promise<readonly Written[]> {
  const random = seeded(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const written: Written[] = [];
  while (written.length < records) {
    const drafts: RecordDraft[] = [];
    for (let left = pick(40) + 1; left > 0; left -= 1) {
      const one: Written = {
        call: `c-${written.length}`,
        at: world.clock.now(),
        // A few are met often, most of them seldom.
        customer: `customer-${Math.floor(60 * random() * random())}`,
        named: `other-${pick(60)}`,
        agent: `agent-${pick(5)}`,
        verdict: pick(3) === 0 ? 'deny' : 'allow',
      };
      written.push(one);
      drafts.push(draftFrom(one));
    }
    await world.write(drafts, writers[pick(writers.length)]);
    world.clock.advance(pick(day / 3));
  }
  return written;
}

function draftFrom({ call, customer, named, agent, verdict }: Written): RecordDraft {
  return draftOf('policy.intent', {
    call,
    actors: [
      { kind: 'human', name: customer },
      { kind: 'agent', name: agent },
    ],
    details: { about: [named] },
    ...(fullDraft.decision === undefined
      ? {}
      : { decision: { ...fullDraft.decision, effect: verdict } }),
  });
}

async function allPages(query: string, most: number): Promise<(string | undefined)[]> {
  const calls: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    const page = await world.ask(query, { most, cursor });
    calls.push(...page.records.map(({ record }) => record.call));
    cursor = page.next;
  } while (cursor !== undefined);
  return calls;
}

/** Each once, none missing, none beside. */
function expectThose(
  found: readonly (string | undefined)[],
  records: readonly Written[],
  whose: string,
): void {
  expect(found, whose).toHaveLength(records.length);
  expect(new Set(found), whose).toEqual(new Set(records.map(({ call }) => call)));
}

describe('all that was done to a subject', () => {
  it('is what an oracle remembers, no more and no less, for each of them [AUD-07]', async () => {
    const written = await writeMany(1_500, 7);
    const now = world.clock.now();
    for (let n = 0; n < 60; n += 1) {
      const customer = `customer-${n}`;
      const theirs = written.filter((one) => one.customer === customer);
      const found = await allPages(`subject:${customer}`, 7);
      expectThose(found, theirs, customer);
      const recent = theirs.filter((one) => one.at >= now - 30 * day && one.verdict === 'deny');
      const denied = await allPages(`subject:${customer} since:30d decision:deny`, 50);
      expectThose(denied, recent, customer);
    }
    for (let n = 0; n < 60; n += 1) {
      const either = written.filter((one) => one.named === `other-${n}` && one.agent !== 'agent-1');
      const found = await allPages(`subject:other-${n} -agent:agent-1`, 1_000);
      expectThose(found, either, `other-${n}`);
    }
  });
});
