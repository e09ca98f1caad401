import { isoTime } from '#kernel/time.ts';
import type { OwnersSeen } from '#planes/lifecycle/index.ts';

interface Item {
  readonly item: 'owners';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** Whether somebody who is there answers for each agent; without a directory nobody knows. */
export function ownersItem({ isConnected, orphans }: OwnersSeen): Item {
  if (!isConnected) {
    const why = 'no directory is connected: owners are names, and nobody hears when one leaves';
    return { item: 'owners', state: 'amber', why };
  }
  if (orphans.length === 0) {
    return { item: 'owners', state: 'green', why: 'the owner of every agent is in the directory' };
  }
  const named = orphans.map(
    ({ agent, owner, suspendsAt }) => `${agent} (${owner}; suspended from ${isoTime(suspendsAt)})`,
  );
  return { item: 'owners', state: 'red', why: `whose owner is not there: ${named.join(', ')}` };
}
