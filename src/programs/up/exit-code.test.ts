import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { upHelp } from './options.ts';

describe('what a start that failed ends with', () => {
  it.each([
    ['cli/usage', 4],
    ['up/port-taken', 6],
    ['store/locked', 7],
    ['config/unreadable', 7],
    ['store/keys-unreadable', 7],
    ['config/invalid', 8],
    ['gateway/internal', 1],
  ] as const)('says which way it failed: %s', (code, exit) => {
    expect(exitCodeOf(new BailiwickError(code))).toBe(exit);
    expect(upHelp).toMatch(new RegExp(`Exit codes:[^]*\\b${exit} `));
  });

  it('is 1 for whatever nobody thought of', () => {
    expect(exitCodeOf(new Error('x'))).toBe(1);
  });
});
