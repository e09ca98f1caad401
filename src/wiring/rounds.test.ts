import { expect, it } from 'vitest';
import { createRounds } from './rounds.ts';

it('a step that fails keeps no other from its turn, in this round and the next', async () => {
  const done: string[] = [];
  const faults: string[] = [];
  const round = createRounds(
    {
      first: async () => Promise.reject(new Error('away')),
      second: async () => done.push('second'),
    },
    (what, fault) => faults.push(`${what}: ${String(fault)}`),
  );
  await round();
  await round();
  expect(done).toEqual(['second', 'second']);
  expect(faults).toEqual(['first: Error: away', 'first: Error: away']);
});

it('no round begins while one goes on', async () => {
  let begun = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const round = createRounds(
    {
      slow: () => {
        begun += 1;
        return promise;
      },
    },
    () => undefined,
  );
  const first = round();
  await round();
  expect(begun).toBe(1);
  resolve();
  await first;
  await round();
  expect(begun).toBe(2);
});
