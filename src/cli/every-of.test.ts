import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { createApiClient } from '../../sdk/api/index.ts';
import type { CommandInput } from './command.ts';
import { commands } from './catalogue.ts';
import { everyOf, listed, newestOf, openOrNewest } from './every-of.ts';
import { runCommandLine } from './run.ts';

/** A list of so many, three of them on each page whatever is asked for. */
function served(count: number) {
  const asked: string[] = [];
  const answer = (path: string): JsonObject => {
    asked.push(path);
    const from = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0);
    const rows = Array.from({ length: count }, (_, id): Json => ({ id }));
    const more = from + 3 < count ? { next: `${from + 3}` } : {};
    return { number: 7, tools: rows.slice(from, from + 3), ...more };
  };
  return { asked, answer };
}

describe('a list that is longer than a page', () => {
  it('is read to its end by the command line, as if it had been one answer', async () => {
    const { asked, answer } = served(8);
    const request: CommandInput['request'] = async (_, path) => answer(path);
    const whole = await everyOf(request, '/v1/tools?server=fake', 'tools');
    expect(whole).toEqual({
      number: 7,
      tools: Array.from({ length: 8 }, (_, id) => ({ id })),
    });
    expect(asked).toEqual([
      '/v1/tools?server=fake&limit=1000',
      '/v1/tools?server=fake&limit=1000&cursor=3',
      '/v1/tools?server=fake&limit=1000&cursor=6',
    ]);
  });

  it('is refused where nobody would wait for it, and never told in part', async () => {
    const rows = Array.from({ length: 1_000 }, (): Json => ({}));
    let asked = 0;
    const endless: CommandInput['request'] = async () => {
      asked += 1;
      return { tools: rows, next: 'more' };
    };
    await expect(everyOf(endless, '/v1/tools', 'tools')).rejects.toThrow('more than 100000 tools');
    expect(asked).toBe(100);
  });

  it('says that there is more where only the newest are shown', async () => {
    const { answer } = served(8);
    const notes: string[] = [];
    const given = {
      request: async (_: string, path: string) => answer(path),
      note: (text: string) => notes.push(text),
    };
    await newestOf(given, '/v1/tools', 'tools');
    expect(notes).toEqual([
      'only the newest 3 are shown: there are older ones, with `--cursor 3`\n',
    ]);
    const input = (flags: object) => ({ ...given, flags }) as unknown as CommandInput;
    await openOrNewest(input({ limit: '3' }), '/v1/tools', 'tools');
    await openOrNewest(input({ all: true }), '/v1/tools', 'tools');
    expect(notes).toHaveLength(3);
    const open = await openOrNewest(input({}), '/v1/tools', 'tools');
    expect([open['tools'], notes.length]).toEqual([expect.objectContaining({ length: 8 }), 3]);
  });

  it('is told a page of it where that is asked for, with `next` and how to go on', async () => {
    const { asked, answer } = served(8);
    const notes: string[] = [];
    const input = (flags: object) => ({
      request: async (_: string, path: string) => answer(path),
      note: (text: string) => void notes.push(text),
      flags: flags as CommandInput['flags'],
    });
    const first = await listed(input({ limit: '3' }), '/v1/tools?server=fake', 'tools');
    expect(first).toMatchObject({ tools: [{ id: 0 }, { id: 1 }, { id: 2 }], next: '3' });
    expect(notes).toEqual(['there are more: go on with `--cursor 3`\n']);
    const last = await listed(input({ cursor: '6' }), '/v1/tools?server=fake', 'tools');
    expect(last).toEqual({ number: 7, tools: [{ id: 6 }, { id: 7 }] });
    expect(asked).toEqual([
      '/v1/tools?server=fake&limit=3',
      '/v1/tools?server=fake&limit=100&cursor=6',
    ]);
    expect(notes).toHaveLength(1);
    for (const flags of [{}, { all: true }]) {
      expect((await listed(input(flags), '/v1/tools', 'tools'))['tools']).toHaveLength(8);
    }
  });

  it('takes the same three flags whatever it lists, told in its help', async () => {
    const ofFolders = ['evidence list'];
    const lists = commands.filter(
      ({ name }) => name.endsWith(' list') && !ofFolders.includes(name),
    );
    expect(lists.length).toBeGreaterThan(14);
    const paged = commands.filter(({ paged: isPaged }) => isPaged === true);
    expect(lists.filter((one) => !paged.includes(one)).map(({ name }) => name)).toEqual([]);
    expect(paged.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['stop', 'get', 'history', 'flow objects']),
    );
    for (const { name } of paged) {
      let told = '';
      await runCommandLine([...name.split(' '), '--help'], {
        env: {},
        userHome: '/nowhere',
        write: (text) => void (told += text),
        writeError: (text) => void (told += text),
        readStdin: async () => '',
      });
      for (const flag of ['--all', '--limit N', '--cursor PLACE']) expect(told).toContain(flag);
    }
  });

  it('is read to its end by the typed client, and refused where it has none', async () => {
    const { answer } = served(8);
    const told = (body: object) => new Response(JSON.stringify(body));
    const client = createApiClient({
      url: 'http://x',
      fetch: async (url) => told(answer(new Request(url).url)),
    });
    const whole = await client.every('GET /v1/tools', 'tools', { query: { server: 'fake' } });
    expect(whole.tools).toHaveLength(8);
    expect(whole.next).toBeUndefined();
    const endless = createApiClient({
      url: 'http://x',
      fetch: async () => told({ tools: [], next: 'a' }),
    });
    await expect(endless.every('GET /v1/tools', 'tools')).rejects.toThrow('longer than');
  });
});
