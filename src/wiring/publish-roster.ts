import type { InstanceBook } from '#contracts/instance-book.ts';
import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import type { Reaction } from './reaction.ts';

export interface RosterParts {
  readonly instances: Pick<InstanceBook, 'listAll'>;
  readonly snapshots: Pick<SnapshotFeed, 'current' | 'publishRoster'>;
}

/**
 * Gateways hear who is enrolled. The roster is made anew from the book: what is revoked is not in
 * it, and one roster serves however many changes.
 */
export function publishRoster(parts: RosterParts): Reaction {
  return { kind: 'roster', react: () => publish(parts) };
}

async function publish({ instances, snapshots }: RosterParts): Promise<void> {
  const all = await instances.listAll();
  const { roster } = await snapshots.current();
  const enrolled = all.filter(({ revokedAt }) => revokedAt === undefined);
  await snapshots.publishRoster({
    number: roster.number + 1,
    instances: Object.fromEntries(
      enrolled.map(({ thumbprint, tenant, agent, instance }) => [
        thumbprint,
        { tenant, agent, instance },
      ]),
    ),
  });
}
