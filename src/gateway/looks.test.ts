import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { createLooks } from './looks.ts';

function world() {
  const clock = new ManualClock();
  const looked: number[] = [];
  const state = { mayLook: true, fails: false };
  const looks = createLooks({
    recheck: async () => {
      looked.push(clock.monotonic());
      return state.fails ? { kind: 'refused' } : undefined;
    },
    mayLook: () => state.mayLook,
    clock,
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** Time goes on in rounds of a fifth of a second, as the gateway's does. */
  const pass = async (ms: number, during: () => void = () => undefined) => {
    for (let passed = 0; passed < ms; passed += 200) {
      clock.advance(200);
      during();
      looks.round('main', ['s']);
      await settle();
    }
  };
  return { clock, looked, state, looks, settle, pass };
}

describe('when a tool server is looked at', () => {
  it('is at once, and then every few minutes', async () => {
    const { looked, pass } = world();
    await pass(200);
    expect(looked).toHaveLength(1);
    await pass(limits.driftCheckMs - 200);
    expect(looked).toHaveLength(1);
    await pass(400);
    expect(looked).toHaveLength(2);
  });

  it('is not before the overlay is confirmed', async () => {
    const { looked, pass, state } = world();
    state.mayLook = false;
    await pass(1_000);
    expect(looked).toEqual([]);
    state.mayLook = true;
    await pass(200);
    expect(looked).toHaveLength(1);
  });

  it('is at once when it says that its list changed [TOL-10]', async () => {
    const { looks, looked, pass, settle } = world();
    await pass(200);
    looks.changed('main', 's');
    await settle();
    expect(looked).toHaveLength(2);
  });

  it('is less and less often when it says so without end, and as soon as ever after a quiet time', async () => {
    const { looks, looked, pass, settle } = world();
    await pass(600_000, () => looks.changed('main', 's'));
    expect(looked.length).toBeLessThan(25);
    const gaps = looked.slice(1).map((at, index) => at - (looked[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(61_000);
    const before = looked.length;
    await pass(200_000);
    const after = looked.length;
    expect(after - before).toBeLessThanOrEqual(2);
    looks.changed('main', 's');
    await settle();
    expect(looked).toHaveLength(after + 1);
  });

  it('loses no word: what is said while it waits is looked at in the end', async () => {
    const { looks, looked, pass } = world();
    await pass(200);
    for (let i = 0; i < 5; i += 1) looks.changed('main', 's');
    await pass(2_000);
    // The first word at once, all others together.
    expect(looked).toHaveLength(3);
  });

  it('waits no longer for a word because other looks came between [TOL-10]', async () => {
    const { looks, looked, pass, state } = world();
    await pass(200);
    for (let i = 0; i < 20; i += 1) looks.changed('main', 's');
    await pass(300_000, () => looks.changed('main', 's'));
    // Looks that fail are tried again before a word's time has come, and follow it with that.
    for (let i = 0; i < 10; i += 1) {
      looks.changed('main', 's');
      state.fails = true;
      looks.look('main', ['s']);
      await pass(600);
      state.fails = false;
      await pass(600);
    }
    const before = looked.length;
    looks.changed('main', 's');
    await pass(61_000);
    expect(looked.length).toBeGreaterThan(before);
  });

  it('is sooner after a failure than the next check, later after each', async () => {
    const { looked, pass, state } = world();
    state.fails = true;
    await pass(120_000);
    const failed = looked.length;
    expect(failed).toBeGreaterThan(7);
    expect(failed).toBeLessThan(15);
    state.fails = false;
    await pass(31_000);
    expect(looked).toHaveLength(failed + 1);
  });
});
