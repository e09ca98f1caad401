import type { TaskKeeper } from '#planes/identity/index.ts';
import type { Reaction } from './reaction.ts';

/** Gateways hear who is enrolled in which task; one roster serves however many changes. */
export function publishRoster(tasks: Pick<TaskKeeper, 'publish'>): Reaction {
  return { kind: 'roster', react: () => tasks.publish() };
}
