import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { Pace } from './pace.ts';

describe('the pace of the integrator', () => {
  it('looks every `checkpointMs` at a quiet log, and signs for what it finds at once', () => {
    const pace = new Pace(new ManualClock());
    expect(pace.mustSign).toBe(true);
    expect(pace.restMs).toBe(limits.checkpointMs);
  });

  it('signs for a busy log once in `checkpointBusyMs`, and not a moment sooner', () => {
    const clock = new ManualClock();
    const pace = new Pace(clock);
    pace.signed(10);
    expect(pace.mustSign).toBe(false);
    clock.advance(limits.checkpointBusyMs - 1);
    expect(pace.mustSign).toBe(false);
    clock.advance(1);
    expect(pace.mustSign).toBe(true);
  });

  it('rests until it may sign again', () => {
    const clock = new ManualClock();
    const pace = new Pace(clock);
    pace.signed(10);
    expect(pace.restMs).toBe(limits.checkpointBusyMs);
    clock.advance(300);
    expect(pace.restMs).toBe(limits.checkpointBusyMs - 300);
  });

  it('looks less and less often while nothing comes, but once in `checkpointBusyMs`', () => {
    const clock = new ManualClock();
    const pace = new Pace(clock);
    const rests = Array.from({ length: 4 }, () => {
      pace.foundNothing();
      return pace.restMs;
    });
    expect(rests).toEqual([500, limits.checkpointBusyMs, limits.checkpointBusyMs, 1_000]);
    pace.signed(1);
    clock.advance(limits.checkpointBusyMs);
    expect(pace.restMs).toBe(limits.checkpointMs);
  });

  it('takes many records in parts, so that no burst of work is long', () => {
    const clock = new ManualClock();
    const pace = new Pace(clock);
    pace.signed(10_000);
    expect(pace.restMs).toBe(limits.checkpointMs);
    clock.advance(limits.checkpointBusyMs - 10);
    expect(pace.restMs).toBe(10);
  });
});
