import { describe, expect, it } from 'vitest';
import { UserWaits } from './user-waits.ts';

const soon = () => Promise.resolve();

function waitOf(
  look: (times: number) => string | undefined,
  signal = new AbortController().signal,
) {
  const done = { begun: 0, looks: 0 };
  const wait = {
    key: 'main a1',
    signal,
    begin: async () => {
      done.begun += 1;
    },
    look: async () => {
      done.looks += 1;
      return look(done.looks);
    },
  };
  return { done, wait };
}

describe('waiting for what is decided about a reply of a user [SEM-05]', () => {
  it('ends with the answer, and after a few looks without one', async () => {
    const waits = new UserWaits(soon);
    const third = waitOf((times) => (times === 3 ? 'yes' : undefined));
    expect(await waits.until(third.wait)).toBe('yes');
    expect(third.done).toEqual({ begun: 1, looks: 3 });
    const never = waitOf(() => undefined);
    expect(await waits.until(never.wait)).toBeUndefined();
    expect(never.done.looks).toBeLessThanOrEqual(15);
  });

  it('is done by one call at a time for each approval', async () => {
    const waits = new UserWaits(soon);
    const second = waitOf(() => 'yes');
    const other = waitOf(() => 'yes');
    const first = waitOf(() => undefined);
    const look = async () => {
      expect(await waits.until(second.wait)).toBeUndefined();
      return waits.until({ ...other.wait, key: 'main a2' });
    };
    expect(await waits.until({ ...first.wait, look })).toBe('yes');
    expect([second.done.begun, other.done.begun]).toEqual([0, 1]);
    // The first is over, so the next one may wait.
    expect(await waits.until(second.wait)).toBe('yes');
  });

  it('ends with its call: nothing is looked for any more', async () => {
    const gone = new AbortController();
    const { done, wait } = waitOf((times) => {
      if (times === 2) gone.abort();
      return undefined;
    }, gone.signal);
    expect(await new UserWaits(soon).until(wait)).toBeUndefined();
    expect(done.looks).toBe(2);
    // A pause ends with it as well, by the clock that is used.
    const left = new AbortController();
    const stuck = waitOf(() => {
      queueMicrotask(() => left.abort());
      return undefined;
    }, left.signal);
    expect(await new UserWaits().until(stuck.wait)).toBeUndefined();
    expect(stuck.done.looks).toBe(1);
  });

  it('lets the next one wait where nothing could be told or asked', async () => {
    const waits = new UserWaits(soon);
    const { wait } = waitOf(() => 'yes');
    const broken = { ...wait, begin: () => Promise.reject(new Error('store')) };
    await expect(waits.until(broken)).rejects.toThrow('store');
    expect(await waits.until(wait)).toBe('yes');
  });
});
