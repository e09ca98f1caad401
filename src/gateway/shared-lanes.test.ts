import { describe, expect, it } from 'vitest';
import type { Call } from '#kernel/call.ts';
import type { Principal } from '#kernel/principal.ts';
import { fakeCircle } from '../../test/fakes/fake-fellows.ts';
import { createOpenCalls } from './open-calls.ts';

const size = 64;

/** Gateways of one listener, and calls that are let in at one of them and stay. */
function gateways(count: number) {
  const circle = fakeCircle(count);
  let now = 0;
  let lent = 0;
  const all = circle.fellows.map((fellows) =>
    createOpenCalls(
      { openCalls: 1_000, openCallsPerAgent: 1_000, openCallsPerServer: size },
      { fellows, monotonic: () => now },
    ),
  );
  for (const [index, { shared }] of all.entries()) {
    circle.join(index, {
      lend(ask) {
        if (ask.kind === 'lane') lent += 1;
        return shared.lend(ask);
      },
      giveBack: (back) => {
        shared.takeBack(back);
        return 0;
      },
    });
  }
  const ask = async (index: number, agent: string): Promise<boolean> => {
    now += 1_000;
    const one = { front: 'mcp' } as Call;
    all[index]?.enter(one);
    await all[index]?.byAgent(one, { tenant: 'main', agent } as Principal);
    return (await all[index]?.toLane(one, 'a server')) === undefined;
  };
  return {
    ask,
    asksForLane: () => lent,
    async fill(index: number, agent: string): Promise<number> {
      let got = 0;
      while (await ask(index, agent)) got += 1;
      return got;
    },
  };
}

describe('places of one server over several gateways', () => {
  it.each([1, 2, 4])(
    'are not filled by one agent that asks at all %i: half is left to others',
    async (count) => {
      const it = gateways(count);
      let got = 0;
      for (let index = 0; index < count; index += 1) got += await it.fill(index, 'greedy');
      expect(got).toBe(size / 2);
      for (let index = 0; index < count; index += 1) {
        expect(await it.ask(index, `second at ${index}`)).toBe(true);
      }
    },
  );

  it('are not borrowed by who has its share already, also where there is no room', async () => {
    const it = gateways(2);
    expect(await it.fill(0, 'greedy')).toBe(16);
    expect(it.asksForLane()).toBe(0);
  });

  it('are borrowed where many agents ask at one of them, until all are taken', async () => {
    const it = gateways(2);
    let got = 0;
    for (let agent = 0; agent < size * 2; agent += 1) {
      if (await it.ask(0, `agent ${agent}`)) got += 1;
    }
    expect(got).toBe(size);
    expect(await it.ask(1, 'at the other')).toBe(false);
  });
});
