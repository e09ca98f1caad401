import { beforeEach, describe, expect, it } from 'vitest';
import { type Clock, clockJumpMs, isoTime, ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { watchClock } from './clock-watch.ts';

const start = 1_790_000_000_000;
let wall = start;
let monotonic = 0;
let log: FakeLog;
const machine: Clock = { now: () => wall, monotonic: () => monotonic };
const pass = (ms: number, byMs = 0): void => {
  monotonic += ms;
  wall += ms + byMs;
};
const told = () => log.drafts.map(({ type, details }) => [type, details]);

beforeEach(() => {
  [wall, monotonic, log] = [start, 0, new FakeLog(new ManualClock())];
});

describe('a machine whose clock is set', () => {
  const watch = () => watchClock({ machine, recorder: log, tenant: 'main' });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
    ['by little more than it may', clockJumpMs + 1],
  ])('is on record, with both readings and what truly went by: %s [D-15]', async (_, byMs) => {
    const looking = watch();
    pass(1_000);
    await looking.look();
    expect([told(), looking.last()]).toEqual([[], undefined]);
    pass(1_000, byMs);
    for (const looks of [1, 2]) {
      await looking.look();
      pass(looks * 1_000);
    }
    const [before, after] = [start + 1_000, start + 2_000 + byMs];
    const details = { before: isoTime(before), after: isoTime(after), elapsedMs: 1_000, byMs };
    expect(told()).toEqual([['clock.jumped', details]]);
    expect(looking.last()).toEqual({ before, after, elapsedMs: 1_000, byMs });
  });

  it('is no machine that is slow, or whose clock is put right little by little', async () => {
    const looking = watch();
    for (const byMs of [clockJumpMs, -clockJumpMs, 500, 500, 500, 500, 500]) {
      pass(60_000, byMs);
      await looking.look();
    }
    expect(told()).toEqual([]);
  });

  it('is no program that was held up while it looked', async () => {
    let heldMs = 0;
    const slow: Clock = {
      now: () => {
        const read = wall;
        pass(heldMs);
        return read;
      },
      monotonic: () => monotonic,
    };
    const looking = watchClock({ machine: slow, recorder: log, tenant: 'main' });
    for (heldMs of [10_000, 0, 10_000, 0]) {
      await looking.look();
      pass(1_000);
    }
    expect(told()).toEqual([]);
  });

  it('is on record once, however slow the log is and however often it is looked at meanwhile', async () => {
    const looking = watch();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const record = log.record.bind(log);
    log.record = async (draft) => {
      await held;
      return record(draft);
    };
    const looks: Promise<void>[] = [];
    for (const byMs of [60_000, 0, -60_000, 0, 120_000]) {
      pass(1_000, byMs);
      looks.push(looking.look());
    }
    goOn();
    await Promise.all(looks);
    await looking.look();
    expect(log.drafts.map(({ details }) => details?.['byMs'])).toEqual([60_000, -60_000, 120_000]);
  });

  it('is on record later where nothing can be recorded now, and not more than so often', async () => {
    const looking = watch();
    log.failing = true;
    for (let at = 0; at < 101; at += 1) {
      pass(10, 10_000);
      await expect(looking.look()).rejects.toMatchObject({ code: 'audit/unavailable' });
    }
    log.failing = false;
    await looking.look();
    expect(told()).toHaveLength(100);
    await looking.look();
    expect(told()).toHaveLength(100);
  });
});
