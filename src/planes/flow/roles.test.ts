import { describe, expect, it } from 'vitest';
import { isUsedAs, type Role, singular } from './roles.ts';
import { readWords } from './words.ts';

const parcels: Role = {
  isNoun: (word) => ['parcel', 'shipment'].includes(singular(word)),
  deeds: ['return', 'hold'],
  mayBeBare: true,
  mayBeUnknown: (word) => word !== 'locker',
};

function used(words: string, number: string, role: Partial<Role> = {}): boolean {
  const said = readWords(words)?.wanted;
  if (said === undefined) throw new Error('nothing was said');
  return isUsedAs(said, number, { ...parcels, ...role });
}

describe('a number in the words of a user', () => {
  it.each([
    ['Return parcel 3301.', '3301'],
    ['Please return the parcel with the number 3301, it is broken', '3301'],
    ['The parcels 3301, 3302 and 3303 may go back', '3303'],
    ['Return 3301 and 3302 today', '3302'],
    ['Hold #3301 for now', '3301'],
    ['3301, please', '3301'],
    ['Return the 3301 parcel', '3301'],
    ['Return the heavy crate 3301', '3301'],
    ['Shipment: 3301', '3301'],
  ])('is of a thing by its word, by the deed, or by itself: %j', (words, number) => {
    expect(used(words, number)).toBe(true);
  });

  it.each([
    ['Locker 3301 is full, return parcel 3302', '3301'],
    ['For locker number 3301: hold the blue one', '3301'],
    ['Return it and note the 80 francs', '80'],
    ['Return it at a cost of €80', '80'],
    ['Hold 80 % of it', '80'],
    ['Return 80 pieces', '80'],
    ['Return 80 boxes', '80'],
    ['Lockers 12 and 3301 are full', '3301'],
    ['The bill of Ines 3301 is open', '3301'],
    ['Return parcel 33010', '3301'],
  ])('is of no such thing beside another word, a unit or a count: %j', (words, number) => {
    expect(used(words, number)).toBe(false);
  });

  it('is of nothing by itself where the tool also takes an amount', () => {
    expect(used('Return 80 to Ines', '80', { mayBeBare: false })).toBe(false);
    expect(used('Return parcel 80 to Ines', '80', { mayBeBare: false })).toBe(true);
  });

  it('is of nothing where the words say no', () => {
    expect(used('Return them all except parcel 3301', '3301')).toBe(false);
  });

  it('costs no more than it is long, whatever stands before it', () => {
    const words = `Return ${'1 and '.repeat(2_500)} parcel`;
    const from = process.cpuUsage().user;
    used(words, '1');
    expect(process.cpuUsage().user - from).toBeLessThan(5_000_000);
  });
});
