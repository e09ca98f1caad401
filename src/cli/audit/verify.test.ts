import { describe, expect, it } from 'vitest';
import { exitOf } from './verify.ts';
import type { CheckedLogs } from './verify-logs.ts';

const checked = (changes: Partial<CheckedLogs> = {}): CheckedLogs => ({
  status: 'consistent',
  logs: [{ log: 'main/standard/gateway-1' }],
  findings: [],
  ...changes,
});
const lacking = [{ log: 'main/standard/gateway-1', lacksSecond: true }];

describe('how `audit verify` ends [AUD-03]', () => {
  it('is 0 where it is witnessed, or where nobody has to be, 2 where nobody cosigned, 1 where it does not hold', () => {
    expect(exitOf(checked({ status: 'witnessed' }), false)).toBe(0);
    expect(exitOf(checked(), true)).toBe(0);
    expect(exitOf(checked(), false)).toBe(2);
    expect(exitOf(checked({ status: 'inconsistent' }), true)).toBe(1);
  });

  it('is 2 where a second signature is missing, also for whoever accepts that nobody cosigned', () => {
    expect(exitOf(checked({ logs: lacking }), true)).toBe(2);
    expect(exitOf(checked({ logs: lacking }), false)).toBe(2);
  });
});
