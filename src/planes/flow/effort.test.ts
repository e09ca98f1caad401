import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel/json/value.ts';
import { flowBounds } from './bounds.ts';
import { Effort } from './effort.ts';
import { TaskIndex } from './task-index.ts';
import { keysOfText } from './values.ts';

function learnt(index: TaskIndex, result: Json): TaskIndex {
  index.learn({
    target: 'a/b',
    call: 'c',
    flow: undefined,
    untrusted: true,
    effect: 'read',
    arguments: {},
    argumentsDigest: 'd',
    result: { structuredContent: result },
  });
  index.settle();
  return index;
}

const distinct = (many: number, from = 0) =>
  Array.from({ length: many }, (_unused, n) => `w${(from + n).toString(36)}`);

describe('what one result may cost', () => {
  it('ends at its bound, and not a step later', () => {
    const effort = new Effort(3);
    expect([effort.spend(3), effort.isSpent]).toEqual([true, false]);
    expect([effort.spend(1), effort.isSpent]).toEqual([false, true]);
  });

  it.each(['a@b ', '12345678 ', 'DE89 3704 ', 'ab://c ', 'a.b/c '])(
    'bounds the tries for %j in a long text',
    (unit) => {
      let tries = 0;
      const found = [...keysOfText(unit.repeat(20_000), () => (tries += 1) <= 100)];
      // Each form of value stops by itself.
      expect(tries).toBeGreaterThan(100);
      expect(tries).toBeLessThanOrEqual(110);
      expect(
        found.filter((key) => /^(?:recipient|url|iban|digits) /.test(key)).length,
      ).toBeLessThan(101);
    },
  );

  it.each<readonly [string, Json]>([
    ['many distinct words', distinct(40_000).join(' ')],
    ['many distinct texts', distinct(40_000)],
    ['addresses', distinct(20_000).map((name) => `${name}@evil.example`)],
    [
      'pieces to decode',
      distinct(9_000).map((name) => Buffer.from(`${name} is it`).toString('hex')),
    ],
  ])('is cut for %s long before the bound of keys', (_what, result) => {
    const index = learnt(new TaskIndex(), result);
    expect(index.isCut).toBe(true);
    expect(index.size).toBeGreaterThan(1_000);
    expect(index.size).toBeLessThan(flowBounds.effort / 30);
  });

  it('is enough for a long page and for a list of a thousand people', () => {
    const page = Array.from({ length: 30_000 }, (_unused, n) => `word${n % 3_000}`).join(' ');
    const people = distinct(1_000).map((name) => ({ name, mail: `${name}@corp.example` }));
    expect(learnt(new TaskIndex(), page).isCut).toBe(false);
    expect(learnt(new TaskIndex(), people).isCut).toBe(false);
  });

  it('bounds members that say nothing, and places with names too long to tell', () => {
    const nothing = Array.from({ length: flowBounds.nodes + 1 }, () => null);
    expect(learnt(new TaskIndex(), nothing).isCut).toBe(true);
    let deep: Json = 1;
    for (let n = 0; n < 20; n += 1) deep = { ['k'.repeat(64)]: deep };
    expect(learnt(new TaskIndex(), deep).isCut).toBe(true);
  });
});

describe('what one task keeps', () => {
  it('is bounded by characters, not only by the count of values', () => {
    const index = new TaskIndex();
    for (let n = 0; n < 100 && !index.isCut; n += 1) {
      learnt(
        index,
        distinct(400, n * 400).map((name) => name.padEnd(500, 'q')),
      );
    }
    expect(index.isCut).toBe(true);
    expect(index.size).toBeLessThan(flowBounds.keys);
    expect(index.bytes).toBeLessThan(flowBounds.bytes + 2_000);
  });
});
