import { isoTime } from '#kernel/time.ts';
import { directoryRules } from '#contracts/directory-rules.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { type OwnersSeen, reviewState } from '#planes/lifecycle/index.ts';

interface Item {
  readonly item: 'owners' | 'reviews';
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

const soonMs = 1_209_600_000;

/** Which agents are overdue for review, or soon will be; nothing where no document gives a date. */
export function reviewsItem(tenant: TenantSnapshot | undefined, now: number): Item | undefined {
  if (tenant === undefined) return undefined;
  const agents = Object.values(tenant.agents);
  const dated = agents.flatMap(({ name, reviewDue: due }) =>
    due === undefined ? [] : [{ name, due, state: reviewState(tenant, due, now) }],
  );
  const overdue = dated.filter(({ state }) => state !== 'due');
  const undated = directoryRules(tenant).reviewRequired
    ? agents.filter(({ reviewDue }) => reviewDue === undefined).map(({ name }) => name)
    : [];
  if (overdue.length > 0 || undated.length > 0) {
    const named = [
      ...overdue.map(
        ({ name, state }) => `${name} is overdue (${state === 'reads' ? 'reads only' : state})`,
      ),
      ...undated.map((name) => `${name} has no date`),
    ];
    return { item: 'reviews', state: 'red', why: named.join(', ') };
  }
  const soon = dated.filter(({ due }) => due - now <= soonMs);
  if (soon.length === 0) return undefined;
  const named = soon.map(({ name, due }) => `${name} in ${Math.ceil((due - now) / 86_400_000)} d`);
  return { item: 'reviews', state: 'amber', why: `due: ${named.join(', ')}` };
}
