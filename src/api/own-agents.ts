import { holdsRole, type Person } from '#kernel/principal.ts';
import type { ControlParts } from './parts.ts';

/**
 * Of which agents somebody is shown something: `undefined` stands for all. INVARIANT: an owner sees their own by
 * that role and no other; what is not theirs is as if it were not there.
 */
export function agentsShown(
  { snapshot }: Pick<ControlParts, 'snapshot'>,
  person: Person,
  asked: string | undefined,
): readonly (string | undefined)[] {
  if (holdsRole(person, 'auditor')) return [asked];
  const agents = Object.values(snapshot()?.tenants[person.tenant]?.agents ?? {});
  const own = agents.filter(({ owner }) => owner === person.name).map(({ name }) => name);
  return asked === undefined ? own : own.filter((name) => name === asked);
}

/** Whether something of this agent is shown to them. */
export function isShown(
  parts: Pick<ControlParts, 'snapshot'>,
  person: Person,
  agent: string,
): boolean {
  return agentsShown(parts, person, agent).length > 0;
}
