import { actDraft, type DeskRecorder, recordThenDo } from '#contracts/desk.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { PeopleBook, StoredPerson } from '#contracts/people-book.ts';
import type { TaskBook } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Role, rolesOf } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { PeopleDesk, RemovedPerson, RolesGiven } from './door.ts';

export interface PeopleChangeParts {
  readonly people: PeopleBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** Where it stands what is whose. */
  readonly snapshot: () => Snapshot | undefined;
  readonly tasks: Pick<TaskBook, 'list'>;
  /** Ends the sign-ins of a person of ours, with all that stands on them. */
  readonly endSignIns: (who: {
    readonly tenant: string;
    readonly name: string;
    readonly by: string;
  }) => Promise<unknown>;
}

/** What is gained is on record before it is had; what is only taken away does not wait for a log. */
export async function setRoles(
  { people, recorder, clock }: PeopleChangeParts,
  act: Parameters<PeopleDesk['setRoles']>[0],
): Promise<StoredPerson> {
  const { by, name } = act;
  const roles = checkedRoles(act);
  const eligible = eligibleOf(act);
  const before = await personCalled(people, by.tenant, name);
  const draft = actDraft('identity.person-changed', act, {
    name,
    roles: [...roles],
    before: [...before.roles],
    ...eligibleDetail(eligible),
  });
  const change = { tenant: by.tenant, name, roles, eligible };
  if (gainsNothing(before, act)) {
    return people.setRoles({ ...change, also: [oweRecord(draft, clock.now())] });
  }
  return recordThenDo(recorder, draft, () => people.setRoles(change));
}

/** Whether somebody who may this now would only have less by that. */
export function gainsNothing(
  before: Pick<StoredPerson, 'roles' | 'eligible'>,
  { roles, eligible = [] }: RolesGiven,
): boolean {
  const had = [...before.roles, ...(before.eligible ?? [])];
  return (
    roles.every((role) => before.roles.includes(role)) &&
    eligible.every((role) => had.includes(role))
  );
}

export async function remove(
  { people, clock, snapshot, tasks, endSignIns }: PeopleChangeParts,
  act: Parameters<PeopleDesk['remove']>[0],
): Promise<RemovedPerson> {
  const { by, name } = act;
  const { tenant } = by;
  const { roles } = await personCalled(people, tenant, name);
  const agents = Object.values(snapshot()?.tenants[tenant]?.agents ?? {})
    .filter(({ owner }) => owner === name)
    .map((agent) => agent.name)
    .sort();
  const draft = actDraft('identity.person-removed', act, { name, roles: [...roles], agents });
  const also = [oweRecord(draft, clock.now())];
  const person = await people.removePerson({ tenant, name, also });
  await endSignIns({ tenant, name, by: by.name });
  const open = await tasks.list({ tenant, open: true, limit: mostTasks });
  const begun = open.filter((task) => task.begun?.by === name).map(({ id }) => id);
  return { person, agents, tasks: begun };
}

const mostTasks = 10_000;

async function personCalled(
  people: PeopleBook,
  tenant: string,
  name: string,
): Promise<StoredPerson> {
  const found = (await people.list(tenant)).find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new BailiwickError('api/not-found', {
    message: `nobody is called \`${name}\``,
    suggestedAction: `look at \`bailiwick person list\`, or add them: \`bailiwick person add ${name}\``,
  });
}

/** What they hold anyway they need not take. */
export function eligibleOf({ roles, eligible = [] }: RolesGiven): readonly Role[] {
  return rolesOf(eligible).filter((role) => !roles.includes(role));
}

export function eligibleDetail(eligible: readonly Role[]): { readonly eligible?: Role[] } {
  return eligible.length === 0 ? {} : { eligible: [...eligible] };
}

export function checkedRoles({ roles }: { readonly roles: readonly Role[] }): readonly Role[] {
  const known = rolesOf(roles);
  if (known.length > 0 && roles.every((role) => known.includes(role))) return known;
  throw new BailiwickError('api/invalid', {
    message: 'a person has at least one role, of those there are',
  });
}
