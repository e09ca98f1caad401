import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
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

    it('keeps every version readable by its digest, also after it was removed', async () => {
      const tenant = newTenant();
      const versions = ['one', 'two', 'three'].map((purpose) => document('bot', purpose));
      for (const version of versions) await put(tenant, version);
      expect((await book().get(tenant, 'Agent', 'bot'))?.version).toBe(3);
      await put(tenant, document('bot', 'three'));
      expect((await book().get(tenant, 'Agent', 'bot'))?.version).toBe(3);
      await book().remove(tenant, 'Agent', 'bot');
      await book().remove(tenant, 'Agent', 'bot');
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

    it('lets one owner alone change a document', async () => {
      const tenant = newTenant();
      await replaceAll(tenant, [document('bot', '1')]);
      const refused = { code: 'store/conflict' };
      await expect(put(tenant, document('bot', '2'))).rejects.toMatchObject(refused);
      await expect(book().remove(tenant, 'Agent', 'bot')).rejects.toMatchObject(refused);
      expect((await book().list(tenant)).map(({ version }) => version)).toEqual([1]);
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
