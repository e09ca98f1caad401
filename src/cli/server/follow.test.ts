import { describe, expect, it } from 'vitest';
import { freshLines, type SeenLines } from './follow.ts';

const told = (...lines: readonly string[]) => ({
  gateways: [
    { gateway: 'gateway-1', places: [...lines], lines: lines.map((place) => `at ${place}`) },
  ],
});

describe('following what a tool server prints', () => {
  it('shows each line once, whichever process it is of and in whatever order they come', () => {
    const seen: SeenLines = new Map();
    const next = (...lines: readonly string[]) => freshLines(told(...lines), seen)[0]?.['lines'];
    expect(next('a:1', 'a:2')).toEqual(['at a:1', 'at a:2']);
    expect(next('a:1', 'a:2')).toEqual([]);
    // Another process printed last, so the lines of the first stand before it now.
    expect(next('b:1', 'a:1', 'a:2', 'a:3')).toEqual(['at b:1', 'at a:3']);
    // A gateway that began anew has counted as far as the one before.
    expect(next('c:1', 'c:2', 'c:3', 'c:4')).toEqual(['at c:1', 'at c:2', 'at c:3', 'at c:4']);
  });

  it('says how many were printed between two looks that are not kept any more', () => {
    const seen: SeenLines = new Map();
    freshLines(told('a:1'), seen);
    expect(freshLines(told('a:250', 'a:251'), seen)).toEqual([
      {
        gateway: 'gateway-1',
        lines: ['… 248 lines are not kept any more', 'at a:250', 'at a:251'],
      },
    ]);
  });
});
