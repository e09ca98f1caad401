import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
let bearer: string;

beforeAll(async () => {
  world = await createControlWorld();
  bearer = await newToken();
});

afterAll(() => world.close());

beforeEach(() => void (world.log.drafts.length = 0));

async function newToken(tenant: 'main' | 'other' = 'main'): Promise<string> {
  const as = world.credential('admin', tenant);
  const body = { reason: 'provisioning' };
  const { status, body: made } = await world.ask('POST', '/v1/directory/tokens', { as, body });
  expect(status).toBe(200);
  return textAt(made, 'bearer');
}

interface Asked {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function scim(method: string, path: string, { body, token = bearer, headers }: Asked = {}) {
  const answer = await fetch(`${world.url}/scim/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const read = text === '' ? {} : (JSON.parse(text) as JsonObject);
  return { status: answer.status, body: read, headers: answer.headers };
}

const patch = (...Operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const recorded = (type: string) =>
  world.log.drafts.filter((draft) => draft.type === type).map(({ details }) => details);

let counted = 0;
async function newUser(more: JsonObject = {}): Promise<JsonObject> {
  counted += 1;
  const userName = `user${counted}@example.com`;
  const made = await scim('POST', '/Users', { body: { userName, ...more } });
  expect(made.status).toBe(201);
  return made.body;
}

describe('a user, by SCIM', () => {
  it('comes, is read, replaced, changed and taken out, each on record [IDN-07]', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'Ada@example.com',
      externalId: 'e-1',
      name: { givenName: 'Ada' },
      emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
      active: true,
      password: 'never kept',
    };
    const made = await scim('POST', '/Users', { body });
    expect(made.status).toBe(201);
    expect(made.headers.get('content-type')).toBe('application/scim+json');
    const id = textAt(made.body, 'id');
    expect(made.headers.get('location')).toBe(`${world.url}/scim/v2/Users/${id}`);
    expect(JSON.stringify(made.body)).not.toContain('never kept');
    expect(made.body).toMatchObject({ userName: body.userName, externalId: 'e-1', active: true });
    expect((await scim('GET', `/Users/${id}`)).body).toEqual(made.body);
    const replaced = await scim('PUT', `/Users/${id}`, { body: { userName: 'ada@example.com' } });
    expect(replaced.status).toBe(200);
    expect(replaced.body).not.toHaveProperty('emails');
    const left = await scim('PATCH', `/Users/${id}`, {
      body: patch({ op: 'Replace', path: 'active', value: 'False' }),
    });
    expect(left.body).toMatchObject({ active: false });
    world.clock.advance(1);
    expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204);
    expect((await scim('GET', `/Users/${id}`)).status).toBe(404);
    await world.settle();
    expect(recorded('directory.user-changed')).toMatchObject([
      { user: id, change: 'came', userName: 'Ada@example.com', active: true },
      { user: id, change: 'changed', before: 'Ada@example.com' },
      { user: id, change: 'left', active: false },
      { user: id, change: 'removed' },
    ]);
    expect(recorded('api.read')).toContainEqual({ path: '/scim/v2/Users/:id', found: 200 });
  });

  it("has a name that nobody else has: 409, in SCIM's words", async () => {
    const { userName } = await newUser();
    const again = await scim('POST', '/Users', { body: { userName } });
    expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness', status: '409' } });
    expect(recorded('directory.refused')).toHaveLength(1);
    expect(world.log.drafts.map(({ refusal }) => refusal?.code)).toContain('directory/not-unique');
  });

  it('that did not change is not written again, and leaves no record', async () => {
    const made = await newUser();
    world.log.drafts.length = 0;
    const body = patch({ op: 'replace', value: { active: true } });
    const same = await scim('PATCH', `/Users/${textAt(made, 'id')}`, { body });
    expect(same.body).toEqual(made);
    expect(world.log.drafts).toEqual([]);
  });

  it('is found by a filter, in pages (directoryPage)', async () => {
    const made = await newUser({ externalId: 'found' });
    const by = async (filter: string) =>
      (await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body;
    expect(await by('externalId eq "found"')).toMatchObject({ totalResults: 1, Resources: [made] });
    const name = textAt(made, 'userName').toUpperCase();
    expect(await by(`userName eq "${name}"`)).toMatchObject({ totalResults: 1 });
    expect(await by('userName eq "nobody"')).toMatchObject({ totalResults: 0, Resources: [] });
    await newUser();
    const all = (await scim('GET', '/Users')).body;
    const page = await scim('GET', '/Users?startIndex=2&count=1');
    expect(page.body).toMatchObject({ startIndex: 2, itemsPerPage: 1 });
    expect(page.body['totalResults']).toBe(all['totalResults']);
    expect((await scim('GET', '/Users?count=0')).body).toMatchObject({ itemsPerPage: 0 });
    const most = (await scim('GET', '/ServiceProviderConfig')).body;
    expect(most).toMatchObject({ filter: { maxResults: limits.directoryPage } });
    expect((await scim('GET', '/Users?count=many')).status).toBe(400);
  });

  it('is changed by whoever saw it as it is: ETag, 304 and 412', async () => {
    const made = await scim('POST', '/Users', { body: { userName: 'etag@example.com' } });
    const path = `/Users/${textAt(made.body, 'id')}`;
    const etag = made.headers.get('etag') ?? '';
    const same = await scim('GET', path, { headers: { 'if-none-match': etag } });
    expect(same.status).toBe(304);
    const body = patch({ op: 'replace', value: { displayName: 'E' } });
    const seen = { 'if-match': etag };
    expect((await scim('PATCH', path, { body, headers: seen })).status).toBe(200);
    const stale = await scim('PUT', path, { body: { userName: 'x' }, headers: seen });
    expect(stale.status).toBe(412);
    expect((await scim('DELETE', path, { headers: seen })).status).toBe(412);
    expect(world.log.drafts.map(({ refusal }) => refusal?.code)).toContain('directory/changed');
    expect((await scim('DELETE', path, { headers: { 'if-match': '*' } })).status).toBe(204);
  });

  it('has at most so many addresses (directoryEmails)', async () => {
    const emails = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ value: `${at}@example.com` }));
    const post = (userName: string, count: number) =>
      scim('POST', '/Users', { body: { userName, emails: emails(count) } });
    expect((await post('many', limits.directoryEmails)).status).toBe(201);
    expect((await post('more', limits.directoryEmails + 1)).status).toBe(400);
  });
});

describe('a group, by SCIM', () => {
  it('has members that are users, and every change says who came and who went', async () => {
    const ada = textAt(await newUser(), 'id');
    const bob = textAt(await newUser(), 'id');
    const body = { displayName: 'Finance', members: [{ value: ada }] };
    const made = await scim('POST', '/Groups', { body });
    expect(made).toMatchObject({ status: 201, body: { members: [{ value: ada }] } });
    const path = `/Groups/${textAt(made.body, 'id')}`;
    await scim('PATCH', path, {
      body: patch(
        { op: 'Add', path: 'members', value: [{ value: bob }] },
        { op: 'Remove', path: `members[value eq "${ada}"]` },
      ),
    });
    expect((await scim('GET', path)).body).toMatchObject({ members: [{ value: bob }] });
    const lean = await scim('GET', `${path}?excludedAttributes=members`);
    expect(lean.body).not.toHaveProperty('members');
    const filter = encodeURIComponent(`displayName eq "finance" and members eq "${bob}"`);
    expect((await scim('GET', `/Groups?filter=${filter}`)).body).toMatchObject({ totalResults: 1 });
    expect((await scim('DELETE', path)).status).toBe(204);
    expect(recorded('directory.group-changed')).toMatchObject([
      { change: 'made', added: 1, addedUsers: [ada] },
      { change: 'changed', added: 1, removed: 1, removedUsers: [ada] },
      { change: 'removed', removed: 1 },
    ]);
  });

  it('takes nobody who is no user, and not too many (directoryGroupMembers)', async () => {
    const post = (members: JsonObject[]) =>
      scim('POST', '/Groups', { body: { displayName: 'odd', members } });
    expect((await post([{ value: 'nobody' }])).body).toMatchObject({ scimType: 'invalidValue' });
    const many = Array.from({ length: limits.directoryGroupMembers + 1 }, (_, at) => ({
      value: `${at}`,
    }));
    expect((await post(many)).body).toMatchObject({ scimType: 'tooMany' });
    const { body } = await scim('GET', '/Groups?filter=displayName%20eq%20%22odd%22');
    expect(body).toMatchObject({ totalResults: 0 });
  });
});

describe('whoever speaks SCIM', () => {
  it('says what it can do, and nothing that it cannot', async () => {
    const config = await scim('GET', '/ServiceProviderConfig');
    expect(config.body).toMatchObject({ patch: { supported: true }, bulk: { supported: false } });
    expect((await scim('GET', '/ResourceTypes')).body).toMatchObject({ totalResults: 2 });
    expect((await scim('GET', '/ResourceTypes/User')).body).toMatchObject({ endpoint: '/Users' });
    const urn = 'urn:ietf:params:scim:schemas:core:2.0:User';
    expect((await scim('GET', `/Schemas/${urn}`)).body).toMatchObject({ id: urn });
    expect((await scim('GET', '/Schemas/urn:other')).status).toBe(404);
  });

  it('needs a token of its own kind, which does nothing else [IDN-13]', async () => {
    const admin = world.credential('admin');
    for (const token of ['', admin, bearer.slice(5), `${bearer}x`]) {
      const answer = await scim('POST', '/Users', { token, body: { userName: 'eve' } });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ status: '401' });
    }
    const { status } = await world.ask('GET', '/v1/people', { as: bearer });
    expect(status).toBe(401);
    const found = await scim('GET', '/Users?filter=userName%20eq%20%22eve%22');
    expect(found.body).toMatchObject({ totalResults: 0 });
  });

  it('sees and changes the people of its own tenant alone [DAT-01]', async () => {
    const made = await newUser();
    const token = await newToken('other');
    const path = `/Users/${textAt(made, 'id')}`;
    expect((await scim('GET', path, { token })).status).toBe(404);
    expect((await scim('DELETE', path, { token })).status).toBe(404);
    expect((await scim('GET', '/Users', { token })).body).toMatchObject({ totalResults: 0 });
    expect((await scim('GET', path)).status).toBe(200);
  });

  it.each([
    ['no JSON', '{"userName":'],
    ['a list', []],
    ['nothing', {}],
    ['an unknown name', { userName: 'x', actve: false }],
    ['a number for a name', { userName: 7 }],
    ['the same name twice', '{"userName":"a","userName":"b"}'],
  ])('is told what is wrong with %s, on record, and nothing is kept', async (_name, body) => {
    const before = (await scim('GET', '/Users')).body['totalResults'];
    const answer = await scim('POST', '/Users', { body });
    expect([400, 422]).toContain(answer.status);
    expect(answer.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: `${answer.status}`,
    });
    expect(recorded('directory.user-changed')).toEqual([]);
    expect(
      recorded('directory.refused').length + recorded('gateway.refused-unknown').length,
    ).toBeLessThan(2);
    expect((await scim('GET', '/Users')).body['totalResults']).toBe(before);
  });

  it('writes nothing that cannot be recorded, and does take out who left', async () => {
    const made = await newUser();
    const path = `/Users/${textAt(made, 'id')}`;
    world.log.failing = true;
    try {
      const more = await scim('POST', '/Users', { body: { userName: 'unrecorded' } });
      expect(more.status).toBeGreaterThanOrEqual(500);
      const body = patch({ op: 'replace', value: { active: false } });
      expect((await scim('PATCH', path, { body })).status).toBe(200);
    } finally {
      world.log.failing = false;
    }
    expect((await scim('GET', path)).body).toMatchObject({ active: false });
    const found = await scim('GET', '/Users?filter=userName%20eq%20%22unrecorded%22');
    expect(found.body).toMatchObject({ totalResults: 0 });
    await world.settle();
    expect(recorded('directory.user-changed')).toContainEqual(
      expect.objectContaining({ change: 'left' }),
    );
  });
});

describe('the token of a directory', () => {
  it('is one of two (directoryTokens), told once, ends at once and by itself (directoryTokenMs)', async () => {
    const as = world.credential('admin', 'other');
    const ask = (method: string, path: string, body?: JsonObject) =>
      world.ask(method, `/v1/directory/tokens${path}`, { as, ...(body && { body }) });
    const reason = { reason: 'rotation' };
    for (const made of (await ask('GET', '')).body['tokens'] as JsonObject[]) {
      if (made['endedAt'] === null) await ask('POST', `/${textAt(made, 'id')}/end`, reason);
    }
    const first = (await ask('POST', '', reason)).body;
    const second = (await ask('POST', '', reason)).body;
    expect((await ask('POST', '', reason)).status).toBe(409);
    const serves = async (made: JsonObject) =>
      (await scim('GET', '/Users', { token: textAt(made, 'bearer') })).status;
    expect([await serves(first), await serves(second)]).toEqual([200, 200]);
    expect((await ask('POST', `/${textAt(first, 'id')}/end`, reason)).status).toBe(200);
    expect([await serves(first), await serves(second)]).toEqual([401, 200]);
    expect((await ask('POST', '/nothing/end', reason)).status).toBe(404);
    expect(JSON.stringify((await ask('GET', '')).body)).not.toContain(textAt(second, 'bearer'));
    expect(recorded('directory.token-issued')).toHaveLength(2);
    expect(recorded('directory.token-ended')).toContainEqual(
      expect.objectContaining({ token: textAt(first, 'id'), reason: 'rotation' }),
    );
    world.clock.advance(limits.directoryTokenMs);
    expect(await serves(second)).toBe(401);
  });
});
