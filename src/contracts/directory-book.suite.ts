import { describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import type { DirectoryQuery, GroupFacts, UserFacts } from './directory-book.ts';
import { oweRecompile } from './owed.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/directory-book`. */
export function describeDirectoryBook(name: string, make: MakeStore): void {
  describe(`the directory book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.directory;
    const conflict = { code: 'store/conflict' };
    const put = (tenant: string, facts: Partial<UserFacts> & { userName: string }, at = 1) =>
      book().putUser({
        tenant,
        id: newId(at),
        expects: 0,
        now: at,
        most: 100,
        facts: { emails: [], active: true, ...facts },
      });
    const ask = (tenant: string, query: Partial<DirectoryQuery>) =>
      book().users({ tenant, terms: [], from: 0, limit: 100, ...query });
    const putGroup = (
      tenant: string,
      given: { facts: GroupFacts; members?: string[]; id?: string; expects?: number },
    ) =>
      book().putGroup({
        tenant,
        id: given.id ?? newId(1),
        expects: given.expects ?? 0,
        now: 1,
        most: 100,
        facts: given.facts,
        members: given.members ?? [],
      });

    it('lets one user have a userName, whatever the size of its letters', async () => {
      const tenant = newTenant();
      const ann = await put(tenant, { userName: 'Ann@Example.com' });
      expect(ann).toMatchObject({ tenant, version: 1, createdAt: 1, modifiedAt: 1 });
      await expect(put(tenant, { userName: 'ann@example.COM' })).rejects.toMatchObject(conflict);
      expect((await ask(tenant, {})).total).toBe(1);
      expect(await book().user(tenant, ann.id)).toEqual(ann);
      expect((await put(newTenant(), { userName: 'ann@example.com' })).version).toBe(1);
    });

    it('changes what was seen, and not what changed meanwhile, with what the change owes', async () => {
      const tenant = newTenant();
      const { id, facts } = await put(tenant, { userName: 'ann' });
      const also = [oweRecompile(tenant, 2)];
      const change = { tenant, id, expects: 1, now: 2, most: 100, also };
      const left = await book().putUser({ ...change, facts: { ...facts, active: false } });
      expect(left).toMatchObject({ version: 2, createdAt: 1, modifiedAt: 2 });
      expect(await store().authority.outbox.due(1_000)).toContainEqual(also[0]);
      await expect(book().putUser({ ...change, facts })).rejects.toMatchObject(conflict);
      await expect(book().removeUser(change)).rejects.toMatchObject(conflict);
      expect(await book().user(tenant, id)).toEqual(left);
    });

    it('finds users by their names, and answers in pages [IDN-07]', async () => {
      const tenant = newTenant();
      const emails = [{ value: 'A@x.org', type: 'work' }];
      const ann = await put(tenant, { userName: 'ann', externalId: 'E1', emails }, 1);
      const bob = await put(tenant, { userName: 'bob', externalId: 'e1', active: false }, 2);
      const by = async (...terms: DirectoryQuery['terms']) =>
        (await ask(tenant, { terms })).users.map(({ id }) => id);
      expect(await by({ attribute: 'userName', value: 'ANN' })).toEqual([ann.id]);
      expect(await by({ attribute: 'externalId', value: 'e1' })).toEqual([bob.id]);
      expect(await by({ attribute: 'email', value: 'a@X.org' })).toEqual([ann.id]);
      expect(await by({ attribute: 'active', value: 'false' })).toEqual([bob.id]);
      expect(await by({ attribute: 'id', value: ann.id })).toEqual([ann.id]);
      const both = [
        { attribute: 'userName', value: 'ann' },
        { attribute: 'active', value: 'false' },
      ] as const;
      expect(await by(...both)).toEqual([]);
      expect(await by({ attribute: 'member', value: ann.id }, both[0])).toEqual([]);
      expect(await ask(tenant, { from: 1, limit: 1 })).toMatchObject({
        total: 2,
        users: [{ id: bob.id }],
      });
    });

    it('knows who is there, by userName before e-mail, and that a directory stays connected [IDN-07]', async () => {
      const tenant = newTenant();
      expect(await book().isConnected(tenant)).toBe(false);
      const ann = await put(tenant, { userName: 'ann', emails: [{ value: 'a@x.org' }] });
      await put(tenant, { userName: 'a@x.org', active: false });
      await put(tenant, { userName: 'cy', emails: [{ value: 'cy@x.org' }] });
      const names = ['ANN', 'A@X.ORG', 'cy@x.org', 'dan'];
      expect([...(await book().presence(tenant, names))]).toEqual([
        ['ANN', 'present'],
        ['A@X.ORG', 'inactive'],
        ['cy@x.org', 'present'],
        ['dan', 'unknown'],
      ]);
      await book().removeUser({ tenant, id: ann.id, expects: 1, now: 2 });
      expect((await book().presence(tenant, ['ann'])).get('ann')).toBe('unknown');
      expect(await book().isConnected(tenant)).toBe(true);
    });

    it('holds no more users and groups than it may', async () => {
      const tenant = newTenant();
      const facts = { userName: 'ann', emails: [], active: true };
      const most = { tenant, expects: 0, now: 1, most: 1 };
      await book().putUser({ ...most, id: 'u1', facts });
      const more = { ...most, id: 'u2', facts: { ...facts, userName: 'bob' } };
      await expect(book().putUser(more)).rejects.toMatchObject(conflict);
      const group = { ...most, members: [], facts: { displayName: 'g' } };
      await book().putGroup({ ...group, id: 'g1' });
      await expect(book().putGroup({ ...group, id: 'g2' })).rejects.toMatchObject(conflict);
    });

    it('keeps groups of users who are there', async () => {
      const tenant = newTenant();
      const ann = await put(tenant, { userName: 'ann' });
      const bob = await put(tenant, { userName: 'bob' });
      const facts = { displayName: 'Finance', externalId: 'f1' };
      const members = [ann.id, bob.id];
      const group = await putGroup(tenant, { facts, members });
      expect([...group.members].sort()).toEqual([...members].sort());
      const stranger = { facts, members: [ann.id, 'nobody'], id: group.id, expects: 1 };
      await expect(putGroup(tenant, stranger)).rejects.toMatchObject({ code: 'api/not-found' });
      expect(await book().group(tenant, group.id)).toEqual(group);
      const less = await putGroup(tenant, { ...stranger, members: [bob.id] });
      expect(less).toMatchObject({ members: [bob.id], version: 2 });
      await book().removeUser({ tenant, id: bob.id, expects: 1, now: 2 });
      expect((await book().group(tenant, group.id))?.members).toEqual([]);
      await book().removeGroup({ tenant, id: group.id, expects: 2, now: 3 });
      expect(await book().group(tenant, group.id)).toBeUndefined();
    });

    it('finds groups by name and by member, with members where they are asked for', async () => {
      const tenant = newTenant();
      const ann = await put(tenant, { userName: 'ann' });
      const finance = { displayName: 'Finance', externalId: 'f1' };
      await putGroup(tenant, { facts: finance, members: [ann.id] });
      await putGroup(tenant, { facts: { displayName: 'Legal' } });
      const by = async (terms: DirectoryQuery['terms'], withMembers = true) => {
        const query = { tenant, terms, from: 0, limit: 10, withMembers };
        return (await book().groups(query)).groups.map((one) => [
          one.facts.displayName,
          one.members,
        ]);
      };
      expect(await by([{ attribute: 'displayName', value: 'finance' }])).toEqual([
        ['Finance', [ann.id]],
      ]);
      expect(await by([{ attribute: 'member', value: ann.id }], false)).toEqual([['Finance', []]]);
      expect(await by([{ attribute: 'externalId', value: 'f1' }], false)).toHaveLength(1);
      expect(await by([{ attribute: 'userName', value: 'ann' }])).toEqual([]);
      expect(await by([])).toHaveLength(2);
    });

    it('takes a token until it is ended or expires, and two of a tenant at once', async () => {
      const tenant = newTenant();
      const add = (id: string, expiresAt = 100) =>
        book().addToken({
          tenant,
          id,
          digest: `${tenant}-${id}`,
          madeBy: 'ann',
          madeAt: 1,
          expiresAt,
          most: 2,
        });
      await add('a');
      await add('b', 10);
      await expect(add('c')).rejects.toMatchObject(conflict);
      expect(await book().byToken(`${tenant}-a`, 99)).toMatchObject({ tenant, id: 'a' });
      expect(await book().byToken(`${tenant}-b`, 10)).toBeUndefined();
      expect(await book().byToken('nothing', 1)).toBeUndefined();
      expect(await book().endToken(tenant, 'a', 5)).toMatchObject({ endedAt: 5 });
      expect(await book().endToken(tenant, 'a', 6)).toMatchObject({ endedAt: 5 });
      expect(await book().endToken(newTenant(), 'a', 6)).toBeUndefined();
      expect(await book().byToken(`${tenant}-a`, 6)).toBeUndefined();
      await add('c');
      expect((await book().tokens(tenant)).map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
    });
  });
}
