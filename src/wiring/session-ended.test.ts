import { expect, it } from 'vitest';
import { oweSessionEnded } from '#contracts/owed.ts';
import { endWithSession } from './session-ended.ts';

it('what stands on a sign-in is ended for each that ended, and a fault means not done', async () => {
  const told: string[] = [];
  const reaction = endWithSession({
    endOwed: async ({ tenant, ground }) => {
      const session = ground.kind === 'session' ? ground.id : 'no session';
      if (session === 'bad') throw new Error('away');
      told.push(`${tenant}/${session}`);
    },
  });
  expect(reaction.kind).toBe('session-ended');
  await reaction.react([oweSessionEnded('main', 'a', 1), oweSessionEnded('other', 'b', 2)]);
  expect(told).toEqual(['main/a', 'other/b']);
  await expect(reaction.react([oweSessionEnded('main', 'bad', 1)])).rejects.toThrow('away');
});
