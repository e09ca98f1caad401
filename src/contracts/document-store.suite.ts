import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { documentsDigest } from './document-change.ts';
import type { DocumentChange } from './document-store.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

function document(name: string, purpose: string, kind = 'Agent'): DocumentChange {
  const spec = { purpose, nested: { list: [1, 2.5, 'x', null, true], 'key with "': 'ü' } };
  return { kind, name, spec, digest: sha256Hex(`${kind} ${name} ${purpose}`) };
}

/** The promises of `contracts/document-store`. */
export function describeDocumentStore(name: string, make: MakeStore): void {
  describe(`the document store contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.documents;
    const put = (tenant: string, change: DocumentChange) =>
      book().put({ ...change, tenant, by: 'ann', now: store().clock.now() });
    const remove = (tenant: string, who: { by: string; reason?: string } = { by: 'ann' }) =>
      book().remove({ tenant, kind: 'Agent', name: 'bot', ...who });
    const replaceAll = (tenant: string, documents: readonly DocumentChange[]) =>
      book().replaceAll({
        tenant,
        owner: 'folder',
        documents,
        by: 'git',
        now: store().clock.now(),
      });

    it('gives back what was applied, by name and by digest', async () => {
      const tenant = newTenant();
      const change = document('bot', 'one');
      const stored = await put(tenant, change);
      expect(stored).toMatchObject({
        ...change,
        tenant,
        owner: 'api',
        version: 1,
        appliedBy: 'ann',
      });
      expect(await book().get(tenant, 'Agent', 'bot')).toEqual(stored);
      expect(await book().byDigest(tenant, change.digest)).toEqual(stored);
      expect(await book().list(tenant)).toEqual([stored]);
      expect(await book().get(tenant, 'Agent', 'other')).toBeUndefined();
    });

    it('is told page by page, of a kind and by letters, in one order', async () => {
      const tenant = newTenant();
      for (const name of ['b', 'a', 'a-c']) await put(tenant, document(name, 'x'));
      await put(tenant, document('m', 'x', 'Manifest'));
      const page = async (wanted: object, limit = 10) =>
        (await book().page({ tenant, limit, ...wanted })).map(({ kind, name }) => ({ kind, name }));
      const all = await page({});
      expect(all).toHaveLength(4);
      const first = await page({}, 2);
      expect([...first, ...(await page({ after: first[1] }))]).toEqual(all);
      expect(await page({ kind: 'Manifest' })).toEqual([{ kind: 'Manifest', name: 'm' }]);
      expect(await page({ q: '-' })).toEqual([{ kind: 'Agent', name: 'a-c' }]);
      expect(await page({ q: '_' })).toEqual([]);
      expect(await page({ tenant: newTenant() })).toEqual([]);
    });

    it('keeps every version readable by its digest, also after it was removed', async () => {
      const tenant = newTenant();
      const versions = ['one', 'two', 'three'].map((purpose) => document('bot', purpose));
      for (const version of versions) await put(tenant, version);
      expect((await book().get(tenant, 'Agent', 'bot'))?.version).toBe(3);
      await put(tenant, document('bot', 'three'));
      expect((await book().get(tenant, 'Agent', 'bot'))?.version).toBe(3);
      await remove(tenant);
      await remove(tenant);
      expect(await book().list(tenant)).toEqual([]);
      for (const [i, { digest }] of versions.entries()) {
        expect(await book().byDigest(tenant, digest)).toMatchObject({
          digest,
          version: i + 1,
        });
      }
      expect((await put(tenant, document('bot', 'one'))).version).toBe(4);
    });

    it('replaces every document of an owner, all or nothing', async () => {
      const tenant = newTenant();
      await put(tenant, document('api-owned', 'x'));
      await replaceAll(tenant, [document('a', '1'), document('b', '1')]);
      const after = await replaceAll(tenant, [document('b', '2'), document('c', '1')]);
      expect(after.map((one) => `${one.name} ${one.version}`)).toEqual([
        'api-owned 1',
        'b 2',
        'c 1',
      ]);
      const clash = [document('d', '1'), document('api-owned', 'y')];
      await expect(replaceAll(tenant, clash)).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await book().list(tenant)).toEqual(after);
    });

    it('gives the folder what the API owns where it says the same to the letter, in the same version', async () => {
      const tenant = newTenant();
      const stored = await put(tenant, document('bot', '1'));
      const taken = { ...stored, owner: 'folder' as const };
      expect(await replaceAll(tenant, [document('bot', '1')])).toEqual([taken]);
      expect(await book().list(tenant)).toEqual([taken]);
      const refused = { code: 'store/conflict' };
      await expect(put(tenant, document('bot', '1'))).rejects.toMatchObject(refused);
      expect(await replaceAll(tenant, [])).toEqual([]);
    });

    it('lets one owner alone change a document', async () => {
      const tenant = newTenant();
      await replaceAll(tenant, [document('bot', '1')]);
      const refused = { code: 'store/conflict' };
      await expect(put(tenant, document('bot', '2'))).rejects.toMatchObject(refused);
      await expect(remove(tenant)).rejects.toMatchObject(refused);
      expect((await book().list(tenant)).map(({ version }) => version)).toEqual([1]);
    });

    it('knows that something stood there, also when all of it is gone, and of no other tenant', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      expect(await book().everStored(tenant)).toBe(false);
      await replaceAll(tenant, [document('bot', '1')]);
      await replaceAll(tenant, []);
      expect(await book().list(tenant)).toEqual([]);
      expect(await book().everStored(tenant)).toBe(true);
      expect(await book().everStored(other)).toBe(false);
    });

    it('loses no version when many change one document at once', async () => {
      const tenant = newTenant();
      const changes = Array.from({ length: 12 }, (_, i) => document('bot', `p${i}`));
      const stored = await Promise.all(changes.map((change) => put(tenant, change)));
      expect(stored.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
        changes.map((_, i) => i + 1),
      );
      for (const { digest } of changes) {
        expect(await book().byDigest(tenant, digest)).toMatchObject({ digest });
      }
    });

    it('applies a set whole, against the state that was looked at, or not at all', async () => {
      const tenant = newTenant();
      await put(tenant, document('a', '1'));
      await put(tenant, document('b', '1'));
      const seen = await book().list(tenant);
      const set = {
        tenant,
        owner: 'api' as const,
        expects: documentsDigest(seen),
        put: [document('a', '2'), document('c', '1')],
        remove: [{ kind: 'Agent', name: 'b' }],
        by: 'ann',
        reason: 'ticket 12',
        now: store().clock.now(),
      };
      const after = await book().apply(set);
      expect(after.map((one) => `${one.name} ${one.version}`)).toEqual(['a 2', 'c 1']);
      // Somebody who looked before it overwrites nothing.
      await expect(book().apply(set)).rejects.toMatchObject({ code: 'config/moved' });
      expect(await book().list(tenant)).toEqual(after);
      const both = await Promise.allSettled(
        ['x', 'y'].map((name) =>
          book().apply({
            ...set,
            expects: documentsDigest(after),
            put: [document(name, '1')],
            remove: [],
          }),
        ),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('tells every version of a document: who, when and why, also that it went [LIF-04]', async () => {
      const tenant = newTenant();
      const now = store().clock.now();
      await book().put({ ...document('bot', '1'), tenant, by: 'ann', now, reason: 'new' });
      await book().put({ ...document('bot', '2'), tenant, by: 'bob', now });
      await remove(tenant, { by: 'cy', reason: 'over' });
      await put(tenant, document('other', '1'));
      const versions = await book().history(tenant, 'Agent', 'bot');
      expect(versions).toMatchObject([
        {
          version: 2,
          appliedBy: 'bob',
          spec: document('bot', '2').spec,
          removed: { by: 'cy', at: store().clock.now(), reason: 'over' },
        },
        { version: 1, appliedBy: 'ann', reason: 'new', appliedAt: now, owner: 'api' },
      ]);
      expect(versions[1]?.removed).toBeUndefined();
      expect(await book().history(newTenant(), 'Agent', 'bot')).toEqual([]);
    });

    it('shows no other tenant [DAT-01]', async () => {
      const tenant = newTenant();
      const { digest } = await put(tenant, document('bot', 'secret'));
      const other = newTenant();
      expect(await book().list(other)).toEqual([]);
      expect(await book().get(other, 'Agent', 'bot')).toBeUndefined();
      expect(await book().byDigest(other, digest)).toBeUndefined();
    });
  });
}
