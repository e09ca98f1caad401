import { z } from 'zod';
import type { DirectoryGroup, GroupFacts, UserFacts } from '#contracts/directory-book.ts';
import { limits } from '#kernel/limits.ts';
import { checkComplete, type Plain } from './read-resource.ts';
import { groupSchema, userSchema } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

const text = z.string().optional();

/** What `readResource` leaves of a user, with its types. */
const userShape = z.object({
  userName: z.string(),
  externalId: text,
  displayName: text,
  name: z.object({ formatted: text, givenName: text, familyName: text }).optional(),
  active: z.boolean().optional(),
  emails: z
    .array(z.object({ value: z.string(), type: text, primary: z.boolean().optional() }))
    .default([]),
});

const groupShape = z.object({
  displayName: z.string(),
  externalId: text,
  members: z.array(z.object({ value: z.string() })).default([]),
});

/** A user as the book keeps it. Whoever does not say whether somebody is there says that they are (RFC 7643 §4.1.1). */
export function userFacts(read: Plain): UserFacts {
  checkComplete(userSchema, read);
  const { active = true, ...facts } = userShape.parse(read);
  if (facts.emails.length > limits.directoryEmails) {
    throw scimProblem('invalidValue', `at most ${limits.directoryEmails} e-mail addresses`);
  }
  return { ...(facts as Omit<UserFacts, 'active'>), active };
}

export interface GroupRead {
  readonly facts: GroupFacts;
  readonly members: readonly string[];
}

export function groupFacts(read: Plain): GroupRead {
  checkComplete(groupSchema, read);
  const { members, ...facts } = groupShape.parse(read);
  if (members.length > limits.directoryGroupMembers) {
    throw scimProblem('tooMany', `a group has at most ${limits.directoryGroupMembers} members`);
  }
  const ids = members.map(({ value }) => value).sort();
  return { facts: facts as GroupFacts, members: ids };
}

/** As a change is applied to it. */
export function plainUser({ emails, name, ...facts }: UserFacts): Plain {
  return Object.assign(
    Object.create(null) as Plain,
    facts,
    name === undefined ? {} : { name: { ...name } },
    emails.length === 0 ? {} : { emails: emails.map((one) => ({ ...one })) },
  );
}

export function plainGroup({ facts, members }: Pick<DirectoryGroup, 'facts' | 'members'>): Plain {
  const list = members.map((value) => ({ value }));
  return Object.assign(
    Object.create(null) as Plain,
    facts,
    list.length === 0 ? {} : { members: list },
  );
}
