import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StageName, stageNames } from '#gateway/index.ts';
import { mutantsByRequirement } from '../requirements/mutants.ts';
import { cases } from './cases.ts';
import { startMutant } from './mutants.ts';
import { type RunningWorld, startWorld } from './world.ts';

/** Titles of the cases that a mutant fails. */
const killers = new Map<StageName, string[]>();

describe('gate mutation: without any one stage the black-box cases notice', () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    await world?.close();
  });

  it('first lets every case pass on an unmutated second gateway', async () => {
    expect(await failures(world, world.gateway)).toEqual([]);
  });

  it.each(stageNames)('notices that %s lets everything pass', async (stage) => {
    const mutant = await startMutant(world.instance, stage);
    try {
      const failed = await failures({ ...world }, mutant.gateway);
      killers.set(stage, failed);
      expect(failed.length).toBeGreaterThan(0);
      // A mutant that refuses everything proves nothing: most cases that expect a no still hold.
      expect(failed.length).toBeLessThan(cases.length);
    } finally {
      await mutant.close();
    }
  });

  it.each(Object.entries(mutantsByRequirement))(
    'kills a test of %s by each mutant that is named for it',
    (id, stages) => {
      for (const stage of stages) {
        const titles = killers.get(stage) ?? [];
        expect(
          titles.some((title) => title.includes(id)),
          `${id} by ${stage}`,
        ).toBe(true);
      }
    },
  );
});

async function failures(world: RunningWorld, gateway: string): Promise<string[]> {
  const failed: string[] = [];
  for (const { title, run } of cases) {
    try {
      await run({ ...world, gateway });
    } catch {
      failed.push(title);
    }
  }
  return failed;
}
