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

  it.each(cases)('$title', async ({ run }) => {
    await run(world);
  });
});
