import { describe, expect, it } from 'vitest';
import { guardVerdict } from './guard-verdict.ts';
import type { Measured } from './load.ts';

const stored = { timesBare: 4, margin: 1.5 };

function round(cpuUs: number, more: Partial<Measured> = {}): Measured {
  return { calls: 100, callsPerSecond: 100, p50Ms: 1, p99Ms: 2, failed: 0, cpuUs, ...more };
}

const three = (cpuUs: number) => [round(cpuUs), round(cpuUs), round(cpuUs)];
const kindOf = (bare: Measured[], governed: Measured[]) =>
  guardVerdict(bare, governed, stored).kind;

describe('the guard of speed', () => {
  it('is content up to the margin, and warns above it', () => {
    expect(kindOf(three(100), three(600))).toBe('ok');
    expect(kindOf(three(100), three(601))).toBe('slower');
  });

  it('is not disturbed by one round in which the machine was slow', () => {
    expect(kindOf(three(100), [round(400), round(9_000), round(400)])).toBe('ok');
    expect(
      kindOf([round(100), round(900), round(100)], [round(400), round(3_600), round(400)]),
    ).toBe('ok');
  });

  it('says what it found and what is stored', () => {
    const { text } = guardVerdict(three(100), three(700), stored);
    expect(text).toContain('7.0 ×');
    expect(text).toContain('stored is 4');
  });

  it('has measured nothing when a call failed, whatever the others took', () => {
    const failing = [round(100), round(100, { failed: 1, why: '500' }), round(100)];
    expect(guardVerdict(three(100), failing, stored)).toMatchObject({
      kind: 'unmeasured',
      text: expect.stringContaining('500') as string,
    });
    expect(kindOf(failing, three(100))).toBe('unmeasured');
  });

  it('has measured nothing when nobody was asked', () => {
    expect(kindOf(three(100), [])).toBe('unmeasured');
    expect(kindOf(three(100), three(Number.NaN))).toBe('unmeasured');
    expect(kindOf(three(0), three(100))).toBe('unmeasured');
    expect(kindOf(three(100), [round(100, { calls: 0 })])).toBe('unmeasured');
  });
});
