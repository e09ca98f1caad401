import { recordThenDo } from '#contracts/desk.ts';
import type { DirectoryGroup } from '#contracts/directory-book.ts';
import { newId } from '#kernel/ids.ts';
import { groupView, listView, locationOf, type ScimAnswer } from './answers.ts';
import { groupDraft } from './changes.ts';
import { groupFacts, type GroupRead, plainGroup } from './facts.ts';
import { readFilter } from './filter.ts';
import { readResource } from './read-resource.ts';
import {
  type Asked,
  answerOf,
  bodyOf,
  checkSeen,
  isUnchanged,
  nextOf,
  notFound,
  pageOf,
  type ResourceDesk,
  type ResourceParts,
  wantsMembers,
} from './resource-desk.ts';
import { groupSchema } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

export function createGroups(parts: ResourceParts): ResourceDesk {
  return {
    schema: groupSchema,
    list: (asked) => list(parts, asked),
    get: (asked, id) => get(parts, asked, id),
    create: (asked) => create(parts, asked),
    change: (asked, id) => change(parts, asked, id),
    remove: (asked, id) => remove(parts, asked, id),
  };
}

async function list({ directory }: ResourceParts, asked: Asked): Promise<ScimAnswer> {
  const { startIndex, count } = pageOf(asked);
  const { total, groups } = await directory.groups({
    tenant: asked.token.tenant,
    terms: readFilter(groupSchema, asked.query['filter']),
    from: startIndex - 1,
    limit: count,
    withMembers: wantsMembers(asked),
  });
  const resources = groups.map((group) => groupView(group, asked.base));
  return { status: 200, headers: {}, body: listView(resources, { total, startIndex }) };
}

async function get(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const group = await known(parts, asked, id);
  if (isUnchanged(asked, group)) return { status: 304, headers: {}, body: undefined };
  const told = wantsMembers(asked) ? group : { ...group, members: [] };
  return answerOf(200, groupView(told, asked.base), group);
}

async function known({ directory }: ResourceParts, { token }: Asked, id: string) {
  const group = await directory.group(token.tenant, id);
  if (group === undefined) throw notFound();
  return group;
}

async function create(parts: ResourceParts, asked: Asked): Promise<ScimAnswer> {
  const { base } = asked;
  const read = groupFacts(readResource(groupSchema, bodyOf(asked)));
  const id = newId(parts.clock.now());
  const group = await write(parts, asked, { id, before: undefined, read });
  return answerOf(201, groupView(group, base), group, {
    location: locationOf('Group', group.id, base),
  });
}

async function change(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const before = await known(parts, asked, id);
  checkSeen(asked, before);
  const read = groupFacts(nextOf(groupSchema, asked, plainGroup(before)));
  const group = isSame(before, read) ? before : await write(parts, asked, { id, before, read });
  return answerOf(200, groupView(group, asked.base), group);
}

/** On record first: who is in a group may be let do what its documents say. */
async function write(
  { directory, recorder, clock, limits }: ResourceParts,
  { token }: Asked,
  what: {
    readonly id: string;
    readonly before: DirectoryGroup | undefined;
    readonly read: GroupRead;
  },
): Promise<DirectoryGroup> {
  const { id, before, read } = what;
  const { tenant } = token;
  await checkMembers(directory, tenant, read.members, before);
  const put = {
    tenant,
    id,
    expects: before?.version ?? 0,
    now: clock.now(),
    most: limits.directoryGroups,
  };
  return recordThenDo(recorder, groupDraft(token, id, { before, after: read }), () =>
    directory.putGroup({ ...put, ...read }),
  );
}

/** Said before anything is on record; the book refuses it too. */
async function checkMembers(
  directory: ResourceParts['directory'],
  tenant: string,
  members: readonly string[],
  before: DirectoryGroup | undefined,
): Promise<void> {
  const held = new Set(before?.members);
  for (const id of members) {
    if (held.has(id) || (await directory.user(tenant, id)) !== undefined) continue;
    throw scimProblem('invalidValue', 'a member of the group is no user here');
  }
}

async function remove(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const before = await known(parts, asked, id);
  checkSeen(asked, before);
  const { tenant, version: expects } = before;
  const draft = groupDraft(asked.token, id, { before, after: undefined });
  await recordThenDo(parts.recorder, draft, () =>
    parts.directory.removeGroup({ tenant, id, expects, now: parts.clock.now() }),
  );
  return { status: 204, headers: {}, body: undefined };
}

function isSame(before: DirectoryGroup, { facts, members }: GroupRead): boolean {
  return (
    before.facts.displayName === facts.displayName &&
    before.facts.externalId === facts.externalId &&
    before.members.length === members.length &&
    before.members.every((id, at) => id === members[at])
  );
}
