import type { Store } from '#contracts/store.ts';

let last: Promise<void> = Promise.resolve();

/** One after the other: two enrolments at once must not take the same number. */
export function publishRoster(store: Store): Promise<void> {
  const run = last.then(() => publishNow(store));
  last = run.catch(() => undefined);
  return run;
}

/** The roster is made anew from the book: what is revoked is not in it. */
async function publishNow(store: Store): Promise<void> {
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
