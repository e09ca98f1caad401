import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { createRates } from './index.ts';

const agent = { name: 'refunds', ratePerMinute: 600, burst: 20 } as AgentEntry;

function world(count: number) {
  const circle = fakeCircle(count);
  let now = 0;
  const rates = circle.fellows.map((fellows) => createRates({ fellows, rateOf: () => agent }));
  for (const [index, own] of rates.entries()) {
    circle.join(index, { lend: (ask) => own.lend(ask, now) });
  }
  return {
    end: (index: number) => circle.leave(index),
    pass: (ms: number) => (now += ms),
    passes: async (index: number) => (await rates[index]?.agent('main', agent, now)) === undefined,
  };
}

describe('a rate that several gateways share', () => {
  it('is all there for one connection, which is at one of them', async () => {
    const it = world(2);
    let passed = 0;
    while (await it.passes(0)) passed += 1;
    expect(passed).toBe(agent.burst);
    let inAMinute = 0;
    for (let at = 0; at < 600; at += 1) {
      it.pass(100);
      if (await it.passes(0)) inAMinute += 1;
    }
    expect(inAMinute).toBeGreaterThanOrEqual(590);
    expect(inAMinute).toBeLessThanOrEqual(600);
  });

  it('is a share where nobody else answers', async () => {
    const it = world(2);
    it.end(1);
    let passed = 0;
    while (await it.passes(0)) passed += 1;
    expect(passed).toBe(agent.burst / 2);
  });

  it('lets no more through than burst and time allow, over all of them', async () => {
    const step = fc.record({ index: fc.nat(2), wait: fc.integer({ min: 0, max: 500 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
        const it = world(3);
        let at = 0;
        let passed = 0;
        for (const { index, wait } of steps) {
          at += wait;
          it.pass(wait);
          if (await it.passes(index)) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(agent.burst + at / 100 + 1e-6);
      }),
    );
  });
});
