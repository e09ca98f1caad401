import { describe, expect, it } from 'vitest';
import { loadWith } from './load.ts';

const me = () => [process.pid];
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a load', () => {
  it('has as many calls open as it has connections, and never more', async () => {
    let open = 0;
    let most = 0;
    const seen = await loadWith({ connections: 4, seconds: 0.02, warmSeconds: 0 }, me, async () => {
      open += 1;
      most = Math.max(most, open);
      await soon();
      open -= 1;
    });
    expect(most).toBe(4);
    expect(seen.failed).toBe(0);
    expect(seen.calls).toBeGreaterThan(0);
  });

  it('at a pace starts each call that was due, whether the ones before were answered or not', async () => {
    const all = Promise.withResolvers<void>();
    let started = 0;
    const paced = { connections: 1, seconds: 0.05, warmSeconds: 0, perSecond: 400 };
    const seen = await loadWith(paced, me, async () => {
      started += 1;
      if (started === 20) all.resolve();
      await all.promise;
    });
    expect(seen.calls).toBe(20);
  });

  it('counts what failed, takes no time of it, and says why the first one did', async () => {
    let asked = 0;
    const paced = { connections: 1, seconds: 0.01, warmSeconds: 0, perSecond: 300 };
    const seen = await loadWith(paced, me, async () => {
      await soon();
      asked += 1;
      return asked === 1 ? undefined : `refused ${asked}`;
    });
    expect(seen).toMatchObject({ calls: 1, failed: 2, why: 'refused 2' });
  });

  it('goes on when a call cannot even be made, and counts it as failed', async () => {
    const paced = { connections: 1, seconds: 0.01, warmSeconds: 0, perSecond: 200 };
    const broken = () => Promise.reject(new Error('nobody listens'));
    expect(await loadWith(paced, me, broken)).toMatchObject({ failed: 2, why: 'nobody listens' });
  });

  it('in which nothing was answered tells no CPU of a call', async () => {
    const paced = { connections: 1, seconds: 0.01, warmSeconds: 0, perSecond: 100 };
    const { calls, cpuUs } = await loadWith(paced, me, () => Promise.resolve('refused'));
    expect(calls).toBe(0);
    expect(Number.isFinite(cpuUs)).toBe(false);
  });
});
