import { describe, expect, it } from 'vitest';
import { documentsDigest } from '#contracts/document-change.ts';
import { oweServerRemoved } from '#contracts/owed.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createControlWorld } from '../../test/fakes/control-world.ts';
import { forgetServer } from './index.ts';

const name = 'notes';

describe('a tool server whose document went', () => {
  it.each([
    ['is forgotten', [], [name]],
    ['is not where the change was taken back: the document stands again as it was', ['a'], []],
    ['is where another came in its place', ['b'], [name]],
    ['is not where it was taken back and changed since', ['a', 'b'], []],
    ['is where another came in its place and was changed since', ['b', 'a'], [name]],
  ])('%s', async (_, later, forgotten) => {
    const world = await createControlWorld();
    const { documents } = world.store;
    const now = world.clock.now();
    const who = { tenant: 'main', by: 'ann', now };
    const put = (digest: string) =>
      documents.put({
        ...who,
        kind: 'ToolServer',
        name,
        digest,
        spec: { connect: digest } satisfies JsonObject,
      });
    await put('a');
    await documents.apply({
      ...who,
      owner: 'api',
      reason: 'x',
      put: [],
      expects: documentsDigest(await documents.list('main')),
      remove: [{ kind: 'ToolServer', name }],
    });
    for (const digest of later) await put(digest);
    const [gone, turns]: [string[], string[]] = [[], []];
    let compiled = 0;
    const reaction = forgetServer({
      documents,
      catalogue: { forget: async (_tenant, server) => void gone.push(server) },
      alone: (tenant, act) => {
        turns.push(tenant);
        return act();
      },
      recompile: async () => void (compiled += 1),
    });
    await reaction.react([oweServerRemoved('main', name, now)]);
    expect([gone, turns, compiled]).toEqual([forgotten, ['main'], 1]);
    await world.close();
  });
});
