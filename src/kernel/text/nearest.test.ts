import { describe, expect, it } from 'vitest';
import { nearest } from './index.ts';

describe('the name that somebody may have meant', () => {
  it.each([
    ['partcipants', 'participants'],
    ['ammount', 'amount'],
    ['titel', 'title'],
    ['cc', undefined],
    ['something', undefined],
  ])('%s: %s', (given, meant) => {
    expect(nearest(given, ['title', 'participants', 'amount', 'bcc2'])).toBe(meant);
  });

  it('costs little, however long the names are', () => {
    const long = 'x'.repeat(1_000_000);
    expect(nearest(long, [`${long}y`])).toBe(`${long}y`);
  });
});
