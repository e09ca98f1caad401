import { recordThenDo } from '#contracts/desk.ts';
import type { DirectoryUser, UserFacts } from '#contracts/directory-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { oweOwners, oweRecord, oweUserGone } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { type ScimAnswer, listView, locationOf, userView } from './answers.ts';
import { isGone, isSameUser, userDraft } from './changes.ts';
import { plainUser, userFacts } from './facts.ts';
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
} from './resource-desk.ts';
import { userSchema } from './schema.ts';

export function createUsers(parts: ResourceParts): ResourceDesk {
  return {
    schema: userSchema,
    list: (asked) => list(parts, asked),
    get: (asked, id) => get(parts, asked, id),
    create: (asked) => create(parts, asked),
    change: (asked, id) => change(parts, asked, id),
    remove: (asked, id) => remove(parts, asked, id),
  };
}

async function list({ directory }: ResourceParts, asked: Asked): Promise<ScimAnswer> {
  const { startIndex, count } = pageOf(asked);
  const terms = readFilter(userSchema, asked.query['filter']);
  const { tenant } = asked.token;
  const { total, users } = await directory.users({
    tenant,
    terms,
    from: startIndex - 1,
    limit: count,
  });
  const resources = users.map((user) => userView(user, asked.base));
  return { status: 200, headers: {}, body: listView(resources, { total, startIndex }) };
}

async function get(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const user = await known(parts, asked, id);
  return isUnchanged(asked, user)
    ? { status: 304, headers: {}, body: undefined }
    : answerOf(200, userView(user, asked.base), user);
}

async function known({ directory }: ResourceParts, { token }: Asked, id: string) {
  const user = await directory.user(token.tenant, id);
  if (user === undefined) throw notFound();
  return user;
}

/** On record first: who is there can own agents. */
async function create(parts: ResourceParts, asked: Asked): Promise<ScimAnswer> {
  const { recorder, clock, limits } = parts;
  const { token, base } = asked;
  const facts = userFacts(readResource(userSchema, bodyOf(asked)));
  await checkFree(parts, asked, facts);
  const now = clock.now();
  const id = newId(now);
  const draft = userDraft(token, id, { before: undefined, after: facts });
  const also = [oweOwners(token.tenant, now)];
  const put = { tenant: token.tenant, id, expects: 0, now, also, most: limits.directoryUsers };
  const user = await recordThenDo(recorder, draft, () =>
    parts.directory.putUser({ ...put, facts }),
  );
  return answerOf(201, userView(user, base), user, { location: locationOf('User', id, base) });
}

async function change(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const before = await known(parts, asked, id);
  checkSeen(asked, before);
  const after = userFacts(nextOf(userSchema, asked, plainUser(before.facts)));
  await checkFree(parts, asked, after, id);
  const user = isSameUser(before.facts, after) ? before : await write(parts, asked, before, after);
  return answerOf(200, userView(user, asked.base), user);
}

/**
 * INVARIANT: that somebody leaves takes effect first, and owes its record and what follows in the same
 * transaction; that somebody comes, or has another name, is on record first.
 */
async function write(
  { directory, recorder, clock, limits }: ResourceParts,
  { token }: Asked,
  before: DirectoryUser,
  facts: UserFacts,
): Promise<DirectoryUser> {
  const { tenant, id, version: expects } = before;
  const now = clock.now();
  const draft = userDraft(token, id, { before: before.facts, after: facts });
  const owed = owedBy(before, facts, now);
  const put = { tenant, id, expects, now, facts, most: limits.directoryUsers };
  return before.facts.active && !facts.active
    ? directory.putUser({ ...put, also: [...owed, oweRecord(draft, now)] })
    : recordThenDo(recorder, draft, () => directory.putUser({ ...put, also: owed }));
}

async function remove(parts: ResourceParts, asked: Asked, id: string): Promise<ScimAnswer> {
  const before = await known(parts, asked, id);
  checkSeen(asked, before);
  const { tenant, version: expects } = before;
  const now = parts.clock.now();
  const draft = userDraft(asked.token, id, { before: before.facts, after: undefined });
  const also = [...owedBy(before, undefined, now), oweRecord(draft, now)];
  await parts.directory.removeUser({ tenant, id, expects, now, also });
  return { status: 204, headers: {}, body: undefined };
}

function owedBy(
  { tenant, id, facts }: DirectoryUser,
  after: UserFacts | undefined,
  now: number,
): readonly OutboxDraft[] {
  const why = isGone(facts, after);
  const { userName, externalId, emails } = facts;
  const names = { userName, externalId, emails: emails.map(({ value }) => value) };
  return [
    ...(why === undefined ? [] : [oweUserGone({ tenant, user: id, why, ...names }, now)]),
    oweOwners(tenant, now),
  ];
}

/** Said before anything is on record; the book refuses it too. */
async function checkFree(
  { directory }: ResourceParts,
  { token: { tenant } }: Asked,
  { userName }: UserFacts,
  id?: string,
): Promise<void> {
  const terms = [{ attribute: 'userName', value: userName }] as const;
  const { users } = await directory.users({ tenant, terms, from: 0, limit: 1 });
  if (users[0] !== undefined && users[0].id !== id) {
    throw new BailiwickError('directory/not-unique');
  }
}
