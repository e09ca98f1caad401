import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordQuestion } from '#planes/query/index.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { countRoutes } from '../../api/counts.ts';
import type { RawRequest } from '../../api/route.ts';
import type { CommandInput } from '../command.ts';
import { createOutput } from '../output.ts';
import { auditCount } from './count.ts';

let world: IndexedWorld;
let asked: URLSearchParams[];
beforeEach(async () => {
  world = await createIndexedWorld();
  asked = [];
});
afterEach(() => world.close());

/** The route itself, over true logs, with pages of three: thirty records an answer. */
async function request(_method: string, path: string): Promise<JsonObject> {
  const query = new URL(path, 'http://x').searchParams;
  asked.push(query);
  const records = {
    ask: ({ query: of, ...more }: RecordQuestion) =>
      world.ask(of, { newestFirst: more.newestFirst, cursor: more.cursor, most: 3 }),
  };
  const raw = {
    parts: { records },
    person: { id: 'p', tenant: 'main', roles: ['auditor'] },
    params: {},
    query: Object.fromEntries(query),
    body: {},
  } as unknown as RawRequest;
  return (await countRoutes[0]?.serve(raw)) ?? {};
}

async function count(words: readonly string[], flags: CommandInput['flags']) {
  let told = '';
  const input = {
    words,
    flags,
    out: createOutput('json', (text) => (told += text)),
    request,
    note: () => undefined,
  } as unknown as CommandInput;
  await auditCount.run(input);
  return JSON.parse(told) as JsonObject;
}

describe('records that are counted by the command line', () => {
  it('are all of them, over as many answers as it takes, each read from its log [AUD-07] [AUD-15]', async () => {
    const { refusal: _, wouldHave: __, ...plain } = draftOf('policy.outcome');
    const calls = Array.from({ length: 65 }, (_unused, at) => ({
      ...plain,
      call: `c-${at}`,
      effect: at % 5 === 0 ? ('unknown' as const) : ('done' as const),
    }));
    await world.write(calls);
    await world.write([draftOf('gateway.refused')], 'gateway-2');
    const told = await count(['is:action'], { by: 'action,outcome' });
    expect(told).toMatchObject({
      records: 66,
      groups: [
        { values: ['policy.outcome', 'done'], count: 52 },
        { values: ['policy.outcome', 'unknown'], count: 13 },
        { values: ['gateway.refused', 'refused'], count: 1 },
      ],
    });
    expect(asked.map((one) => one.get('cursor'))).toEqual([
      null,
      expect.any(String),
      expect.any(String),
    ]);
    expect(await count(['outcome:unknown'], { by: 'tool' })).toMatchObject({ records: 13 });
  });

  it('are those of a time, and by what can be asked for alone', async () => {
    await world.write([draftOf('policy.intent')]);
    expect(await count([], { by: 'day', before: '2001-01-01' })).toMatchObject({ records: 0 });
    expect(asked.at(-1)?.get('q')).toBe('before:"2001-01-01"');
    for (const by of ['colour', 'tool,tool', 'tool,outcome,day,agent']) {
      await expect(count([], { by })).rejects.toMatchObject({ code: 'api/invalid' });
    }
    await expect(count([], {})).rejects.toMatchObject({ code: 'cli/usage' });
  });
});
