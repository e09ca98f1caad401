import { z } from 'zod';

export const mostPaths = 64;

/** `to`, `mails[].from`, `meta.requester.email`: a member inside a member, `[]` each item of a list. */
const pathPattern = /^[^.[\]\s]+(\[\])?(\.[^.[\]\s]+(\[\])?)*$/;
const mostMembers = 16;
const longestMember = 64;

export const pathSpec = z
  .string()
  .max(1_024)
  .regex(pathPattern, 'write a path as `name`, `list[].name` or `a.b`')
  .refine(isShort, `at most ${mostMembers} members, each of at most ${longestMember} characters`);

function isShort(path: string): boolean {
  const members = path.split('.');
  return (
    members.length <= mostMembers &&
    members.every((member) => member.replace('[]', '').length <= longestMember)
  );
}

export const domainSpec = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
    'write a domain as `acme.example`, in lower case',
  );
