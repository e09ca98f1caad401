import { describe, expect, it } from 'vitest';
import type { Consent, NewConsent } from './consent-book.ts';
import { oweRecord } from './owed.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/consent-book`. */
export function describeConsentBook(name: string, make: MakeStore): void {
  describe(`the consent book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.consents;
    const of = (tenant: string, id: string, over: Partial<NewConsent> = {}): NewConsent => ({
      tenant,
      id,
      issuer: 'https://idp.example',
      subject: 'u-1',
      person: 'ann@corp',
      client: 'cursor',
      clientName: 'Cursor',
      document: 'cursor',
      agent: 'coder',
      effects: ['read', 'write'],
      givenAt: 10,
      until: 1_000,
      ...over,
    });
    const open = { endedAt: undefined, endedBy: undefined, reason: undefined };
    const owed = ({ tenant }: Consent) => [
      oweRecord({ type: 'consent.narrowed', tenant, actors: [], details: {} }, 10),
    ];
    const owedOf = async (tenant: string) =>
      (await store().authority.outbox.due(1_000)).filter((draft) => draft.tenant === tenant);

    it('keeps what was agreed to, and finds it by user, client, agent and time', async () => {
      const tenant = newTenant();
      await book().give(of(tenant, 'a'));
      await book().give(of(tenant, 'b', { subject: 'u-2', givenAt: 20 }));
      await book().give(of(tenant, 'c', { client: 'claude', givenAt: 30, until: 40 }));
      expect(await book().get(tenant, 'a')).toEqual({ ...of(tenant, 'a'), ...open });
      expect(await book().get(newTenant(), 'a')).toBeUndefined();
      const ids = async (over: object) =>
        (await book().list({ tenant, limit: 9, ...over })).map(({ id }) => id);
      expect(await ids({})).toEqual(['c', 'b', 'a']);
      expect(await ids({ limit: 1 })).toEqual(['c']);
      expect(await ids({ before: { at: 30, id: 'c' } })).toEqual(['b', 'a']);
      expect(await ids({ before: { at: 20, id: 'b' }, limit: 1 })).toEqual(['a']);
      expect(await ids({ before: { at: 10, id: 'a' } })).toEqual([]);
      expect(await ids({ user: { issuer: 'https://idp.example', subject: 'u-1' } })).toEqual([
        'c',
        'a',
      ]);
      expect(await ids({ openAt: 40 })).toEqual(['b', 'a']);
      expect(await ids({ openAt: 39, client: 'claude', agent: 'coder' })).toEqual(['c']);
      expect(await ids({ agent: 'other' })).toEqual([]);
    });

    it('only ever gets less, and what that owes is owed with it [IDN-04]', async () => {
      const tenant = newTenant();
      await book().give(of(tenant, 'a'));
      const narrow = (effects: NewConsent['effects'], until: number, now = 20) =>
        book().narrow({ tenant, id: 'a', effects, until, now }, owed);
      expect(await narrow(['read', 'write', 'delete'], 5_000)).toMatchObject({
        effects: ['read', 'write'],
        until: 1_000,
      });
      // Nothing changed, so nothing is owed.
      expect(await owedOf(tenant)).toEqual([]);
      expect(await narrow(['read', 'delete'], 500)).toMatchObject({
        effects: ['read'],
        until: 500,
      });
      expect(await owedOf(tenant)).toHaveLength(1);
      expect(await book().get(tenant, 'a')).toMatchObject({ effects: ['read'], until: 500 });
      await expect(narrow([], 400, 500)).rejects.toMatchObject({ code: 'api/not-found' });
    });

    it('is withdrawn once, by somebody, for a reason [IDN-04]', async () => {
      const tenant = newTenant();
      await book().give(of(tenant, 'a'));
      const withdraw = (by: string, id = 'a') =>
        book().withdraw({ tenant, id, by, reason: 'done', now: 30 }, owed);
      const over = { endedAt: 30, endedBy: 'ann', reason: 'done' };
      expect(await withdraw('ann')).toMatchObject(over);
      expect(await withdraw('bob')).toMatchObject(over);
      expect(await owedOf(tenant)).toHaveLength(1);
      expect(await book().list({ tenant, openAt: 20, limit: 9 })).toEqual([]);
      await expect(withdraw('ann', 'none')).rejects.toMatchObject({ code: 'api/not-found' });
    });
  });
}
