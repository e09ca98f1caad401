import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChangeBell } from './change-bell.ts';

describe('a server that says that its list changed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is heard at once, at most once a second, and its last word is not lost', () => {
    let heard = 0;
    const bell = createChangeBell(() => {
      heard += 1;
    });
    bell.ring();
    expect(heard).toBe(1);
    for (let times = 0; times < 1_000; times += 1) bell.ring();
    expect(heard).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(heard).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect(heard).toBe(2);
    bell.ring();
    expect(heard).toBe(3);
  });

  it('is not heard once the connection is closed', () => {
    let heard = 0;
    const bell = createChangeBell(() => {
      heard += 1;
    });
    bell.ring();
    bell.ring();
    bell.stop();
    bell.ring();
    vi.advanceTimersByTime(10_000);
    expect(heard).toBe(1);
  });
});
