import { describe, expect, it } from 'vitest';
import type { GatewayLife } from '#contracts/effect-book.ts';
import { ManualClock } from '#kernel/time.ts';
import { fenceGateways } from './index.ts';

const one: GatewayLife = { writer: 'gateway-1', life: 'one' };
const two: GatewayLife = { writer: 'gateway-1', life: 'two' };

function world(lives: readonly GatewayLife[] = []) {
  const fenced = new Set<string>();
  const state = { failures: 0 };
  const work = (act: () => void) => async () => {
    await Promise.resolve();
    if (state.failures > 0) {
      state.failures -= 1;
      throw new Error('the store is away');
    }
    act();
  };
  const fences = fenceGateways({
    effects: {
      lives: async () => lives,
      fence: ({ life }) => work(() => fenced.add(life))(),
      unfence: ({ life }) => work(() => fenced.delete(life))(),
    },
    clock: new ManualClock(),
    onFault: () => undefined,
  });
  return { fences, fenced, state };
}

describe('a gateway that is gone', () => {
  it('is fenced until it is here again', async () => {
    const { fences, fenced } = world();
    fences.came(one);
    fences.gone(one);
    await fences.settled();
    expect([...fenced]).toEqual(['one']);
    fences.came(one);
    await fences.settled();
    expect([...fenced]).toEqual([]);
  });

  it('stays fenced when another life of it comes: that one must read its journal first', async () => {
    const { fences, fenced } = world();
    fences.came(one);
    fences.gone(one);
    fences.came(two);
    await fences.settled();
    expect([...fenced]).toEqual(['one']);
  });

  it('is not fenced while the connection that it lost overlaps with its next one', async () => {
    const { fences, fenced } = world();
    fences.came(one);
    fences.came(one);
    fences.gone(one);
    await fences.settled();
    expect([...fenced]).toEqual([]);
  });

  it('is fenced before anybody is served, when control itself was away', async () => {
    const { fences, fenced } = world([one, two]);
    await fences.start();
    expect([...fenced]).toEqual(['one', 'two']);
    fences.came(two);
    await fences.settled();
    expect([...fenced]).toEqual(['one']);
  });

  it('is fenced in the end, however often the store does not answer', async () => {
    const { fences, fenced, state } = world();
    fences.came(one);
    await fences.settled();
    state.failures = 2;
    fences.gone(one);
    await fences.settled();
    expect([...fenced]).toEqual(['one']);
  });

  it('is not fenced any more while everything ends: the store may be closed by then', async () => {
    const { fences, fenced, state } = world();
    fences.came(one);
    await fences.settled();
    fences.stop();
    state.failures = 1;
    fences.gone(one);
    await fences.settled();
    expect([[...fenced], state.failures]).toEqual([[], 1]);
  });
});
