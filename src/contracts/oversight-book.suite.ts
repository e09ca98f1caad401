import { describe, expect, it } from 'vitest';
import { oweRecompile } from './owed.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/oversight-book`. */
export function describeOversightBook(name: string, make: MakeStore): void {
  describe(`the oversight book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.oversight;

    it('keeps since when an agent has no owner, whoever is named meanwhile [IDN-07]', async () => {
      const tenant = newTenant();
      const also = [oweRecompile(tenant, 5)];
      await book().putOrphan({ tenant, agent: 'bot', owner: 'ann', since: 5, also });
      await book().putOrphan({ tenant, agent: 'bot', owner: 'bob', since: 9 });
      expect(await book().orphans(tenant)).toEqual([
        { tenant, agent: 'bot', owner: 'bob', since: 5 },
      ]);
      expect(await store().authority.outbox.due(1_000)).toContainEqual(also[0]);
      expect(await book().orphans(newTenant())).toEqual([]);
      await book().removeOrphan({ tenant, agent: 'bot' });
      await book().removeOrphan({ tenant, agent: 'bot' });
      expect(await book().orphans(tenant)).toEqual([]);
    });

    it('keeps who looked at an agent last, and what was said of it since [LIF-05]', async () => {
      const tenant = newTenant();
      const seen = {
        tenant,
        agent: 'bot',
        at: 1,
        by: undefined,
        next: undefined,
        answers: undefined,
        told: 'nothing',
      } as const;
      await book().putReview(seen);
      expect(await book().reviews(tenant)).toEqual([seen]);
      const reviewed = {
        ...seen,
        at: 7,
        by: 'ann',
        next: 90,
        answers: 50,
        told: 'overdue',
      } as const;
      await book().putReview(reviewed);
      expect(await book().reviews(tenant)).toEqual([reviewed]);
    });
  });
}
