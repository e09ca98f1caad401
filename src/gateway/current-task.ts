import type { Principal } from '#kernel/principal.ts';
import type { Roster } from '#kernel/snapshot.ts';
import type { GatewayState } from './state.ts';

/**
 * Whether the task has surely not ended: the roster names it, or the token does, no overlay ends it, and
 * the overlay was confirmed within the stop lease. Control begins the next task only after that lease.
 */
export function isSurelyCurrent(
  state: GatewayState,
  principal: Principal,
  monotonic: number,
): boolean {
  const { overlay, confirmedAt, stopLeaseMs } = state.view(monotonic);
  return (
    monotonic - confirmedAt <= stopLeaseMs &&
    (principal.delegation !== undefined || taskOf(state.roster, principal) === principal.task) &&
    overlay.forbids(principal, undefined) === undefined
  );
}

function taskOf(roster: Roster, { tenant, agent, keyThumbprint }: Principal): string | undefined {
  return keyThumbprint === undefined
    ? roster.unbound?.[`${tenant}/${agent}`]?.task
    : roster.instances[keyThumbprint]?.current?.task;
}
