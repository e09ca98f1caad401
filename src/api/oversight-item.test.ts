import { expect, it } from 'vitest';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { ownersItem, reviewsItem } from './oversight-item.ts';

const day = 86_400_000;
const tenant = (dues: Readonly<Record<string, number | undefined>>, reviewRequired = false) =>
  ({
    agents: Object.fromEntries(
      Object.entries(dues).map(([name, reviewDue]) => [
        name,
        { name, ...(reviewDue === undefined ? {} : { reviewDue }) } as AgentEntry,
      ]),
    ),
    directories: { staff: { name: 'staff', ownerGraceMs: 0, reviewRequired, reviewGraceMs: day } },
  }) as unknown as TenantSnapshot;

it('says plainly that nobody hears when an owner leaves, and names whose owner has left [IDN-07]', () => {
  expect(ownersItem({ isConnected: false, orphans: [] }).state).toBe('amber');
  expect(ownersItem({ isConnected: true, orphans: [] }).state).toBe('green');
  const orphan = { tenant: 'main', agent: 'bot', owner: 'ann', since: 0, suspendsAt: day };
  expect(ownersItem({ isConnected: true, orphans: [orphan] })).toMatchObject({
    state: 'red',
    why: expect.stringContaining('bot (ann; suspended from 1970-01-02') as string,
  });
});

it('says which review is due soon, overdue, or has no date where each must have one [LIF-05]', () => {
  expect(reviewsItem(undefined, 0)).toBeUndefined();
  expect(reviewsItem(tenant({ bot: undefined, far: 15 * day }), 0)).toBeUndefined();
  expect(reviewsItem(tenant({ bot: 12 * day }), 0)).toEqual({
    item: 'reviews',
    state: 'amber',
    why: 'due: bot in 12 d',
  });
  const late = tenant({ bot: day, old: 0, bare: undefined }, true);
  expect(reviewsItem(late, day)).toEqual({
    item: 'reviews',
    state: 'red',
    why: 'bot is overdue (reads only), old is overdue (suspended), bare has no date',
  });
});
