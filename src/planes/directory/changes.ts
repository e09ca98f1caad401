import type {
  DirectoryGroup,
  DirectoryToken,
  GroupFacts,
  UserFacts,
} from '#contracts/directory-book.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';

type Whose = Pick<DirectoryToken, 'tenant' | 'id'>;

/** What became of somebody, as a record says it. */
export type UserChange = 'came' | 'changed' | 'left' | 'came back' | 'removed';

export function changeOf(before: UserFacts | undefined, after: UserFacts | undefined): UserChange {
  if (after === undefined) return 'removed';
  if (before === undefined) return 'came';
  if (before.active === after.active) return 'changed';
  return after.active ? 'came back' : 'left';
}

export function userDraft(
  token: Whose,
  id: string,
  {
    before,
    after,
  }: { readonly before: UserFacts | undefined; readonly after: UserFacts | undefined },
): RecordDraft {
  const facts = after ?? before;
  return draft(token, 'directory.user-changed', {
    user: id,
    change: changeOf(before, after),
    userName: facts?.userName ?? '',
    ...(facts?.externalId === undefined ? {} : { externalId: facts.externalId }),
    active: after?.active ?? false,
    ...(before === undefined || after === undefined || before.userName === after.userName
      ? {}
      : { before: before.userName }),
  });
}

type Group = Pick<DirectoryGroup, 'members'> & { readonly facts: GroupFacts };

/** So many members are named one by one; what is more is counted. */
const namedMembers = 20;

export function groupDraft(
  token: Whose,
  id: string,
  { before, after }: { readonly before: Group | undefined; readonly after: Group | undefined },
): RecordDraft {
  const held = new Set(before?.members);
  const next = new Set(after?.members);
  const added = [...next].filter((one) => !held.has(one));
  const removed = [...held].filter((one) => !next.has(one));
  const change = after === undefined ? 'removed' : before === undefined ? 'made' : 'changed';
  return draft(token, 'directory.group-changed', {
    group: id,
    change,
    displayName: (after ?? before)?.facts.displayName ?? '',
    added: added.length,
    removed: removed.length,
    addedUsers: added.slice(0, namedMembers),
    removedUsers: removed.slice(0, namedMembers),
  });
}

export function draft(
  { tenant, id }: Whose,
  type: RecordDraft['type'],
  details: NonNullable<RecordDraft['details']>,
): RecordDraft {
  return { type, tenant, actors: [{ kind: 'system', name: `directory/${id}` }], details };
}

/** Whether somebody who stood there under this name does not any more. */
export function isGone(
  before: UserFacts,
  after: UserFacts | undefined,
): 'left' | 'renamed' | undefined {
  if (!before.active) return undefined;
  if (after === undefined || !after.active) return 'left';
  const names = ({ userName, externalId, emails }: UserFacts) =>
    JSON.stringify([userName, externalId, emails.map(({ value }) => value)]);
  return names(before) === names(after) ? undefined : 'renamed';
}

export function isSameUser(before: UserFacts, after: UserFacts): boolean {
  return textOf(before) === textOf(after);
}

function textOf(facts: UserFacts): string {
  return canonicalText(facts as unknown as JsonObject);
}
