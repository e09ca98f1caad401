import { describe, expect, it } from 'vitest';
import type { Agreement } from './agreement-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/agreement-book`. */
export function describeAgreementBook(name: string, make: MakeStore): void {
  describe(`the agreement contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.agreements;
    const asked = (id: string, over: Partial<Agreement> = {}): Agreement => {
      const askedAt = store().clock.now();
      const usual = { id, act: { kind: 'x' }, askedBy: 'ann', reason: 'law', askedAt };
      return { ...usual, until: askedAt + 1_000, ...over };
    };
    const agree = (tenant: string, id: string, by: string) =>
      book().agree({ tenant, id, by, now: store().clock.now() });

    it('is agreed to once, by anybody but whoever asked', async () => {
      const tenant = newTenant();
      await book().ask(tenant, asked('a'));
      expect(await book().open(tenant, store().clock.now())).toEqual([asked('a')]);
      for (const by of ['ann', 'Ann', ' ANN', 'ａｎｎ', 'an\u200bn']) {
        await expect(agree(tenant, 'a', by), by).rejects.toMatchObject({
          code: 'audit/second-person',
        });
      }
      const both = await Promise.allSettled([agree(tenant, 'a', 'bob'), agree(tenant, 'a', 'cy')]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const by of ['ann', 'bob', 'dan']) {
        await expect(agree(tenant, 'a', by)).rejects.toMatchObject({ code: 'api/not-found' });
      }
      expect(await book().open(tenant, store().clock.now())).toEqual([]);
    });

    it('is over when it is ended, and one that was agreed to stays so', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await book().ask(tenant, asked('a'));
      await book().end(other, 'a');
      expect(await book().open(tenant, store().clock.now())).toEqual([asked('a')]);
      await book().end(tenant, 'a');
      await book().end(tenant, 'never asked');
      expect(await book().open(tenant, store().clock.now())).toEqual([]);
      await expect(agree(tenant, 'a', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
    });

    it('is agreed to in time or not at all, and by nobody of another tenant', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await book().ask(tenant, asked('a', { until: store().clock.now() }));
      await book().ask(tenant, asked('b'));
      await expect(agree(tenant, 'a', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
      await expect(agree(other, 'b', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
      expect(await book().open(other, store().clock.now())).toEqual([]);
      expect(await agree(tenant, 'b', 'bob')).toEqual(asked('b'));
    });
  });
}
