import { describe, expect, it } from 'vitest';
import type { HoldScope, LegalHold } from './hold-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/hold-book`. */
export function describeHoldBook(name: string, make: MakeStore): void {
  describe(`the legal hold contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.holds;
    const now = () => store().clock.now();
    const ann: HoldScope = { kind: 'subject', subject: 'ann', handle: 'h' };
    const holdOf = (id: string, scope: HoldScope, askedAt = now()): LegalHold => ({
      id,
      scope,
      matter: 'case 17',
      askedBy: 'eve',
      askedAt,
      lapsesAt: askedAt + 1_000,
      heldBy: undefined,
      heldAt: undefined,
      releasedBy: undefined,
      releasedAt: undefined,
    });
    const over = async (tenant: string, asked: Parameters<ReturnType<typeof book>['over']>[1]) =>
      (await book().over(tenant, asked, now())).map(({ id }) => id);

    it('holds from when it is asked for, and lapses where nobody agrees', async () => {
      const tenant = newTenant();
      await book().ask(tenant, holdOf('a', ann));
      expect(await over(tenant, { subject: 'ann' })).toEqual(['a']);
      const later = now() + 1_000;
      expect(await book().over(tenant, { subject: 'ann' }, later)).toEqual([]);
      expect(await book().confirm(tenant, { id: 'a', by: 'bob', now: later })).toBeUndefined();
      expect(await book().confirm(tenant, { id: 'a', by: 'bob', now: now() })).toEqual({
        ...holdOf('a', ann),
        lapsesAt: undefined,
        heldBy: 'bob',
        heldAt: now(),
      });
      expect(await book().over(tenant, { subject: 'ann' }, later)).toHaveLength(1);
    });

    it('forbids to erase that subject and to prune anything; one since a time, whatever it may touch', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await book().ask(tenant, holdOf('a', ann));
      expect(await over(tenant, { subject: 'bob' })).toEqual([]);
      expect(await over(tenant, { olderThan: 1 })).toEqual(['a']);
      expect(await over(other, { subject: 'ann' })).toEqual([]);
      await book().ask(other, holdOf('b', { kind: 'since', from: 500 }));
      expect(await over(other, { subject: 'ann' })).toEqual(['b']);
      expect(await over(other, { olderThan: 500 })).toEqual([]);
      expect(await over(other, { olderThan: 501 })).toEqual(['b']);
    });

    it('is released once, and holds nothing then', async () => {
      const tenant = newTenant();
      await book().ask(tenant, holdOf('a', ann));
      await book().ask(tenant, holdOf('b', { kind: 'since', from: 0 }, now() + 1));
      const release = (id: string) => book().release(tenant, { id, by: 'bob', now: now() });
      expect(await release('a')).toMatchObject({ releasedBy: 'bob', releasedAt: now() });
      expect(await release('a')).toBeUndefined();
      expect(await release('x')).toBeUndefined();
      expect(await over(tenant, { subject: 'ann' })).toEqual(['b']);
      expect((await book().list(tenant)).map(({ id }) => id)).toEqual(['b', 'a']);
    });

    it('is put back as it was, whether or not it is there', async () => {
      const tenant = newTenant();
      const one = { ...holdOf('a', ann), lapsesAt: undefined, heldBy: 'bob', heldAt: now() };
      await book().putBack(tenant, one);
      expect(await book().list(tenant)).toEqual([one]);
      const since = { ...one, scope: { kind: 'since', from: 7 } } as const;
      await book().putBack(tenant, since);
      expect(await book().list(tenant)).toEqual([since]);
      expect(await over(tenant, { subject: 'cy' })).toEqual(['a']);
    });

    it('is not confirmed once it is released', async () => {
      const tenant = newTenant();
      await book().ask(tenant, holdOf('a', ann));
      await book().release(tenant, { id: 'a', by: 'bob', now: now() });
      expect(await book().confirm(tenant, { id: 'a', by: 'eve', now: now() })).toBeUndefined();
      expect(await book().list(tenant)).toMatchObject([{ releasedBy: 'bob', heldBy: undefined }]);
    });

    it('names nobody who is erased, once it is over; in force, and of others, it does [DAT-10]', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      for (const id of ['released', 'lapsed']) await book().ask(tenant, holdOf(id, ann));
      await book().release(tenant, { id: 'released', by: 'bob', now: now() });
      await book().ask(tenant, { ...holdOf('in force', ann), lapsesAt: now() + 5_000 });
      await book().ask(tenant, holdOf('bob', { kind: 'subject', subject: 'bob', handle: 'i' }));
      await book().ask(tenant, holdOf('since', { kind: 'since', from: 0 }));
      await book().ask(other, holdOf('elsewhere', ann));
      const later = now() + 1_000;
      expect(await book().forget(tenant, { handle: 'h', now: later })).toBe(2);
      expect(await book().forget(tenant, { handle: 'h', now: later })).toBe(0);
      const names = async (of: string) =>
        (await book().list(of)).map(({ id, scope }) => [
          id,
          scope.kind === 'subject' ? scope.subject : null,
        ]);
      expect(Object.fromEntries(await names(tenant))).toEqual({
        released: '',
        lapsed: '',
        'in force': 'ann',
        bob: 'bob',
        since: null,
      });
      expect(await names(other)).toEqual([['elsewhere', 'ann']]);
    });
  });
}
