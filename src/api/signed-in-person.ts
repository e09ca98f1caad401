import type { IncomingMessage } from 'node:http';
import { type PersonSession, signedInBy } from '#contracts/person-session.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { ControlParts } from './parts.ts';

/**
 * The person that a browser's sign-in makes of a request. INVARIANT: only of one that a page of ours made, and
 * whose browser says so: a cookie comes along with whatever any page asks, reads included, and pages at other
 * ports of this machine count as the same site.
 */
export async function signedInPerson(
  parts: Pick<ControlParts, 'sessions' | 'store'>,
  request: Pick<IncomingMessage, 'headers'>,
): Promise<StoredPerson | undefined> {
  if (!isByOurPage(request)) return undefined;
  const session = await parts.sessions.ofCookie(request.headers.cookie);
  return session === undefined ? undefined : personOfSession(parts, session);
}

/**
 * The same of somebody who only listens, told by the sign-in that they came by. INVARIANT: to listen is no use of a
 * sign-in: it ends as it would if nobody did.
 */
export async function stillSignedIn(
  parts: Pick<ControlParts, 'sessions' | 'store'>,
  { tenant, through }: StoredPerson,
): Promise<StoredPerson | undefined> {
  if (through?.kind !== 'session') return undefined;
  const session = await parts.sessions.get(tenant, through.id);
  return session === undefined ? undefined : personOfSession(parts, session);
}

/** `Origin` was judged before, wherever it is said: what is left is to ask that one of the two is. */
function isByOurPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin !== undefined;
}

/**
 * Undefined of somebody who only lets agents act. INVARIANT: a passkey says who somebody is; what they may is
 * what the book of people says now.
 */
export async function personOfSession(
  { store }: Pick<ControlParts, 'store'>,
  session: PersonSession,
): Promise<StoredPerson | undefined> {
  const { tenant, person: name, provider, begunAt: createdAt } = session;
  const kept = provider === 'passkey' ? await store.people.byName(tenant, name) : undefined;
  const roles = provider === 'passkey' ? (kept?.roles ?? []) : session.roles;
  if (roles.length === 0) return undefined;
  const through = signedInBy(session);
  return { tenant, name, roles, createdAt, through };
}
