import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from './digest.ts';
import { PartsTally, sameParts } from './outcome-parts.ts';

const part = (text: string) => ({
  bytes: text.length,
  commitment: { sha256: sha256Hex(text), salt: '', bytes: text.length },
});

describe('the tally of the windows of an outcome', () => {
  it('is nothing while nothing was released', () => {
    expect(new PartsTally().sum()).toBeUndefined();
    expect(new PartsTally().next).toBe(1);
  });

  it('is their count, their bytes, the last of them and the hash over what they commit to, in order', () => {
    const tally = new PartsTally();
    tally.add('a', part('one'));
    tally.add('b', part('three'));
    const joined = Buffer.concat(
      ['one', 'three'].map((text) => Buffer.from(sha256Hex(text), 'hex')),
    );
    const digest = createHash('sha256').update(joined).digest('hex');
    expect(tally.sum()).toEqual({ count: 2, bytes: 8, digest, last: 'b' });
    expect(tally.next).toBe(3);
    tally.add('c', part('x'));
    expect(tally.sum()?.count).toBe(3);
  });

  it('is another in another order, with one less or under another last record', () => {
    const sumOf = (...parts: readonly (readonly [string, string])[]) => {
      const tally = new PartsTally();
      for (const [id, text] of parts) tally.add(id, part(text));
      return tally.sum() ?? { count: 0, bytes: 0, digest: '', last: '' };
    };
    const whole = sumOf(['a', 'one'], ['b', 'two']);
    expect(sameParts(whole, sumOf(['a', 'one'], ['b', 'two']))).toBe(true);
    expect(sameParts(whole, sumOf(['a', 'two'], ['b', 'one']))).toBe(false);
    expect(sameParts(whole, sumOf(['a', 'one']))).toBe(false);
    expect(sameParts(whole, sumOf(['a', 'one'], ['c', 'two']))).toBe(false);
  });
});
