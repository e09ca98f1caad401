import { z } from 'zod';
import type { StoredSession } from '#contracts/sign-in-book.ts';
import { isoTime } from '#kernel/time.ts';
import { next, pageByTime, placeAsked, searchedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, reason, time, withReason } from './shapes.ts';

/** INVARIANT: nothing by which somebody could be that person. */
const session = z.strictObject({
  id: z.string(),
  person: z.string(),
  provider: z.string(),
  issuer: z.string(),
  subject: z.string(),
  roles: z.array(z.string()).readonly(),
  by: z.enum(['browser', 'exchange']),
  begunAt: time,
  seenAt: time,
  until: time,
  endedAt: time.nullable(),
  endedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

const ended = z.strictObject({ ended: z.number() });

/** Who is signed in. Whoever is may end their own; an admin anybody's. */
export const sessionRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Sign-ins of people',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      ...searchedPage('sessions'),
      state: z.enum(['open', 'all']).default('open'),
    }),
    answer: z.strictObject({ sessions: z.array(session), next }),
    async handle({ parts, tenant, query }) {
      const found = await parts.sessions.list({
        tenant,
        open: query.state === 'open',
        now: parts.clock.now(),
        ...placeAsked(query),
      });
      const { rows, more } = pageByTime(found, query, {
        list: 'sessions',
        placeOf: ({ begunAt: at, id: own }) => ({ at, id: own }),
      });
      return { sessions: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/sessions/:id/end',
    summary: 'End a sign-in',
    action: 'identity.session-ended',
    recordedBy: 'plane',
    act: 'revoke',
    // The plane asks for more, unless it is their own.
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    body: withReason,
    answer: ended,
    handle: async ({ parts, params, body, person: by }) => ({
      ended: await parts.sessions.endBy({ by, ...params, ...body }),
    }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/sessions/end',
    summary: 'End every sign-in of a person',
    action: 'identity.session-ended',
    recordedBy: 'plane',
    act: 'revoke',
    role: ['auditor', 'owner'],
    body: z.strictObject({ person: z.string().min(1).max(256), reason }),
    answer: ended,
    handle: async ({ parts, body, person: by }) => ({
      ended: await parts.sessions.endBy({ by, ...body }),
    }),
  }),
];

function view(one: StoredSession): z.input<typeof session> {
  return {
    id: one.id,
    person: one.person,
    provider: one.provider,
    issuer: one.user.issuer,
    subject: one.user.subject,
    roles: one.roles,
    by: one.by,
    begunAt: isoTime(one.begunAt),
    seenAt: isoTime(one.seenAt),
    until: isoTime(one.expiresAt),
    endedAt: one.endedAt === undefined ? null : isoTime(one.endedAt),
    endedBy: one.endedBy ?? null,
    reason: one.reason ?? null,
  };
}
