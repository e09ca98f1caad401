import type { IncomingMessage } from 'node:http';
import type { PersonSession } from '#contracts/person-session.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { ControlParts } from './parts.ts';

/**
 * The person that a browser's sign-in makes of a request. INVARIANT: only of one that a page of ours made, and
 * whose browser says so: a cookie comes along with whatever any page asks, reads included, and pages at other
 * ports of this machine count as the same site.
 */
export async function signedInPerson(
  { sessions }: Pick<ControlParts, 'sessions'>,
  request: Pick<IncomingMessage, 'headers'>,
): Promise<StoredPerson | undefined> {
  if (!isByOurPage(request)) return undefined;
  const session = await sessions.ofCookie(request.headers.cookie);
  return session === undefined ? undefined : personOfSession(session);
}

/** `Origin` was judged before, wherever it is said: what is left is to ask that one of the two is. */
function isByOurPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin !== undefined;
}

/** Undefined of somebody who only lets agents act. */
function personOfSession(session: PersonSession): StoredPerson | undefined {
  const { tenant, person: name, roles, begunAt: createdAt } = session;
  return roles.length === 0 ? undefined : { tenant, name, roles, createdAt };
}
