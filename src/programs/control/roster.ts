import type { Store } from '#contracts/store.ts';

/** The roster is made anew from the book: what is revoked is not in it. */
export async function publishRoster(store: Store): Promise<void> {
  const all = await store.instances.listAll();
  const { roster } = await store.snapshots.current();
  const enrolled = all.filter(({ revokedAt }) => revokedAt === undefined);
  await store.snapshots.publishRoster({
    number: roster.number + 1,
    instances: Object.fromEntries(
      enrolled.map(({ thumbprint, tenant, agent, instance }) => [
        thumbprint,
        { tenant, agent, instance },
      ]),
    ),
  });
}
