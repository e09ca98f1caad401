import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { furnish } from '../../test/fakes/furnished-tenant.ts';
import { describeApi, routes } from './index.ts';
import {
  cursorText,
  morePlaces,
  mostListed,
  namedPage,
  pageByName,
  pageByTime,
  placeAsked,
  placedPage,
  placesAsked,
  timedPage,
} from './lists.ts';
import { parsed } from './shapes.ts';
import { z } from 'zod';

/** Of these the API tells all that there can be: nobody adds to them but by configuration, or they are of one thing. */
const wholeByNature = [
  'GET /v1/audit/views',
  'GET /v1/audit/exports',
  'GET /v1/audit/retention',
  'GET /v1/audit/index',
  'GET /v1/audit/index/check',
  'GET /v1/me',
  'GET /v1/policies/shadow',
  // The longest of them say themselves that they were cut: `isWhole`, `more`.
  'GET /v1/audit/counts',
  'GET /v1/approvals/activity',
  'GET /v1/tools/gates',
  'GET /v1/events',
];

let world: ControlWorld;
beforeAll(async () => {
  world = await createControlWorld();
  await furnish(world, 'main', 'of main');
}, 30_000);
afterAll(() => world.close());

const paths = describeApi(routes)['paths'] as Readonly<Record<string, JsonObject>>;
const at = (of: Json | undefined, ...keys: readonly string[]): Json | undefined =>
  keys.reduce<Json | undefined>((found, key) => (found as JsonObject | undefined)?.[key], of);

/** What a GET answers, where a list stands right in it and its path names no one thing. */
const lists = routes.filter(({ method, path }) => {
  const place = path.replace(/:([a-z]+)/g, '{$1}');
  if (method !== 'GET' || /:[a-z]+$/.test(path) || /:\w+\/(?!history)/.test(path)) return false;
  const schema = at(paths[place], 'get', 'responses', '200', 'content', 'application/json');
  const members = Object.values((at(schema, 'schema', 'properties') ?? {}) as JsonObject);
  return members.some((one) => at(one, 'type') === 'array');
});

describe('every list of the API', () => {
  it('takes `limit` and `cursor`, and says `next`; what does not is named here', () => {
    const alike: string[] = [];
    const others: string[] = [];
    for (const { method, path } of lists) {
      const of = at(paths[path.replace(/:([a-z]+)/g, '{$1}')], 'get');
      const asked = (at(of, 'parameters') as readonly JsonObject[]).map(({ name }) => name);
      const answer = at(of, 'responses', '200', 'content', 'application/json', 'schema');
      const isAlike =
        asked.includes('limit') &&
        asked.includes('cursor') &&
        at(answer, 'properties', 'next', 'type') === 'string';
      (isAlike ? alike : others).push(`${method} ${path}`);
    }
    expect(others.filter((one) => !wholeByNature.includes(one))).toEqual([]);
    expect(alike.length).toBeGreaterThan(18);
  });

  const names = lists
    .map(({ path }) => path)
    .filter((path) => !wholeByNature.includes(`GET ${path}`) && !path.includes(':'));

  it.each(names)('%s is told page by page as it is told at once', async (path) => {
    const as = world.credential('admin');
    const ask = async (query: string) => {
      const answer = await world.ask('GET', `${path}?${query}`, { as });
      expect([path, answer.status, answer.body]).toEqual([path, 200, expect.anything()]);
      return answer.body;
    };
    const whole = await ask('limit=1000');
    const list = Object.keys(whole).find((key) => Array.isArray(whole[key])) ?? '';
    // Records are told newest last, and each question is one more.
    const isRecords = path.endsWith('/records') || path.endsWith('/export');
    if (isRecords) return;
    const told: Json[] = [];
    let cursor: string | undefined;
    do {
      const from = cursor === undefined ? '' : `&cursor=${cursor}`;
      const page = await ask(`limit=1${from}`);
      const rows = page[list] as readonly Json[];
      expect(rows.length).toBeLessThanOrEqual(1);
      told.push(...rows);
      cursor = page['next'] === undefined ? undefined : textAt(page, 'next');
    } while (cursor !== undefined);
    const ordered = whole[list] as readonly Json[];
    expect(whole['next']).toBeUndefined();
    expect(told).toEqual(ordered);
  });

  it.each(names)('%s refuses a cursor that is none of it, and says what to do', async (path) => {
    if (path.startsWith('/v1/audit/')) return;
    const as = world.credential('admin');
    for (const cursor of ['x', cursorText('another', ['a']), 'W10', 'a'.repeat(9_000)]) {
      const { status, body } = await world.ask('GET', `${path}?cursor=${cursor}`, { as });
      expect([path, status, body['code']]).toEqual([path, 422, 'api/invalid']);
    }
    const { body } = await world.ask('GET', `${path}?cursor=x`, { as });
    expect(JSON.stringify(body)).toContain('ask without one');
  });
});

describe('what a list is found and ordered by', () => {
  const as = () => world.credential('admin');
  const ask = (path: string) => world.ask('GET', path, { as: as() });
  const putAgent = (name: string, owner: string) =>
    world.ask('POST', '/v1/documents', {
      as: as(),
      body: { kind: 'Agent', name, spec: { owner, purpose: 'sorts', manifest: 'work' } },
    });
  const namesAt = async (path: string) => {
    const { status, body } = await ask(path);
    expect([path, status]).toEqual([path, 200]);
    return (body['agents'] as readonly JsonObject[]).map(({ name }) => name);
  };

  it('agents: by owner, state and letters, page by page, in one order [OBS-02]', async () => {
    const owners = [
      ['sort-a', 'zoe'],
      ['sort-b', 'ann'],
      ['sort-c', 'zoe'],
    ] as const;
    for (const [name, owner] of owners) expect((await putAgent(name, owner)).status).toBe(200);
    const suspended = { as: as(), body: { reason: 'looks odd' } };
    await world.ask('POST', '/v1/agents/sort-c/suspend', suspended);
    expect(await namesAt('/v1/agents?q=SORT-')).toEqual(['sort-a', 'sort-b', 'sort-c']);
    expect(await namesAt('/v1/agents?q=sorts&sort=owner')).toEqual(['sort-b', 'sort-a', 'sort-c']);
    expect(await namesAt('/v1/agents?q=sorts&sort=state')).toEqual(['sort-c', 'sort-a', 'sort-b']);
    expect(await namesAt('/v1/agents?q=sorts&state=suspended')).toEqual(['sort-c']);
    const first = (await ask('/v1/agents?q=sorts&sort=owner&limit=2')).body;
    const cursor = textAt(first, 'next');
    expect(await namesAt(`/v1/agents?q=sorts&sort=owner&cursor=${cursor}`)).toEqual(['sort-c']);
    const other = await ask(`/v1/agents?q=sorts&sort=name&cursor=${cursor}`);
    expect([other.status, other.body['code']]).toEqual([422, 'api/invalid']);
    expect(JSON.stringify(other.body)).toContain('ask without one');
  });

  it.each([
    ['/v1/servers?q=fak', 1],
    ['/v1/servers?q=fake&state=up', 0],
    ['/v1/servers?sort=state', 1],
    ['/v1/people?role=admin', 1],
    ['/v1/people?q=admin&role=owner', 0],
    ['/v1/people?sort=added', 7],
    ['/v1/tasks?q=idl', 1],
    ['/v1/tasks?q=nobody', 0],
    ['/v1/approvals?state=pending&sort=oldest&q=WORK', 1],
    ['/v1/approvals?q=nobody', 0],
    ['/v1/sessions?q=nobody', 0],
    ['/v1/changes?state=decided', 0],
    ['/v1/overrides?state=unreviewed', 0],
    ['/v1/tools?q=pay&state=pinned', 1],
    ['/v1/documents?q=work&kind=Manifest', 1],
  ])('%s tells %i', async (path, count) => {
    const { status, body } = await ask(path);
    expect([path, status]).toEqual([path, 200]);
    const list = body[/^\/v1\/(\w+)/.exec(path.replace('changes', 'reviews'))?.[1] ?? ''];
    expect((list as readonly Json[]).length).toBe(count);
  });

  it.each(['/v1/agents?sort=size', '/v1/tasks?sort=owner', '/v1/people?q='])(
    '%s is refused, and what fits is said',
    async (path) => {
      const { status, body } = await ask(path);
      expect([path, status, body['code']]).toEqual([path, 422, 'api/invalid']);
    },
  );
});

describe('a page', () => {
  const named = { list: 'l', keyOf: (row: { name: string }) => [row.name] };
  const timed = { list: 'l', placeOf: (row: { at: number; id: string }) => row };
  const ask = (shape: object, given: object) =>
    parsed(z.strictObject(shape as never), given) as unknown as {
      limit: number;
      cursor?: readonly (string | number)[];
    };

  it('is at most so long, whatever is asked for', () => {
    expect(ask(namedPage('l'), { limit: '999999999' }).limit).toBe(mostListed);
    expect(ask(timedPage('l'), {}).limit).toBe(100);
    expect(() => ask(timedPage('l'), { limit: '0' })).toThrow();
  });

  it('tells each of what stayed once, in order, whatever came and went between two', () => {
    const words = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, fc.integer({ min: 1, max: 4 }), (stay, come, limit) => {
        const rows = (all: readonly string[]) => [...new Set(all)].map((name) => ({ name }));
        let cursor: string | undefined;
        const told: string[] = [];
        for (let turn = 0; ; turn += 1) {
          const now = turn % 2 === 0 ? rows(stay) : rows([...stay, ...come]);
          const given = { limit: `${limit}`, ...(cursor === undefined ? {} : { cursor }) };
          const page = pageByName(now, ask(namedPage('l'), given), named);
          told.push(...page.rows.map(({ name }) => name));
          cursor = page.more.next;
          if (cursor === undefined) break;
        }
        expect(told.filter((one) => stay.includes(one))).toEqual([...stay].toSorted());
        expect(new Set(told).size).toBe(told.length);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('of one moment is told by id, newest first, and by its place and no number', () => {
    const all = ['a', 'b', 'c'].map((id) => ({ at: 5, id }));
    const asked = ask(timedPage('l'), { limit: '2' });
    expect(placeAsked(asked)).toEqual({ limit: 3 });
    const { rows, more } = pageByTime(all, asked, timed);
    expect(rows.map(({ id }) => id)).toEqual(['c', 'b']);
    const then = ask(timedPage('l'), { cursor: more.next });
    expect(placeAsked(then)).toMatchObject({ before: { at: 5, id: 'b' } });
  });

  it('of several logs says where each is told on from, and is refused where a cursor cannot say it', () => {
    const places = new Map([
      ['ab', 3],
      ['cd', 0],
    ]);
    const { next = '' } = morePlaces('l', places);
    expect(placesAsked(ask(placedPage('l', 20), { cursor: next }))).toEqual(places);
    expect(morePlaces('l', undefined)).toEqual({});
    const many = new Map(Array.from({ length: 2_000 }, (_, n) => [`log-${n}`, n]));
    expect(() => morePlaces('l', many)).toThrow('too many logs');
    for (const key of [[], ['a'], [1, 'a'], ['a', 'b']]) {
      expect(() => ask(placedPage('l', 20), { cursor: cursorText('l', key) })).toThrow();
    }
  });
});
