import { afterAll, beforeAll, describe, it } from 'vitest';
import { cases } from './cases.ts';
import { type RunningWorld, startWorld } from './world.ts';

describe('a governed call, end to end', () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    await world?.close();
  });

  // By `%s`: a title is cited whole, ids and all.
  it.each(cases.map(({ title, run }) => [title, run] as const))('%s', async (_, run) => {
    await run(world);
  });
});
