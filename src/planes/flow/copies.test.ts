import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { flowBounds } from './bounds.ts';
import { copiesOf } from './copies.ts';

/** Data that count how often they are read. */
function counted() {
  const reads = { count: 0 };
  const data = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      reads.count += 1;
      return 'x'.repeat(100);
    },
  }) as JsonObject;
  return { data, reads };
}

describe('texts that say the data of a result again', () => {
  it('are known however they are laid out', () => {
    const data = { b: [1, 2, { c: 'd' }], a: 'e' };
    expect(copiesOf(data)(JSON.stringify(data))).toBe(true);
    expect(copiesOf(data)(JSON.stringify(data, null, 4))).toBe(true);
    expect(copiesOf(data)(JSON.stringify({ ...data, a: 'f' }))).toBe(false);
  });

  it('cost the data two readings at most, however many texts there are, and none without one', () => {
    const { data, reads } = counted();
    const isCopy = copiesOf(data);
    expect([isCopy('hello'), reads.count]).toEqual([false, 0]);
    for (let n = 0; n < 20_000; n += 1) expect(isCopy('[')).toBe(false);
    const like = `["${'y'.repeat(100)}"]`;
    for (let n = 0; n < 20_000; n += 1) expect(isCopy(like)).toBe(false);
    const once = reads.count;
    isCopy(like);
    copiesOf(data)(like);
    expect([reads.count, once > 0]).toEqual([2 * once, true]);
  });

  it('are read a few times only, and learned as they are from then on', () => {
    const isCopy = copiesOf({ a: 'b' });
    const said = Array.from({ length: flowBounds.copies + 1 }, () => isCopy('{"a": "b"}'));
    expect(said).toEqual([...Array.from({ length: flowBounds.copies }, () => true), false]);
  });
});
