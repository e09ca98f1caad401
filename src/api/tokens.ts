import { z } from 'zod';
import type { ApiToken } from '#contracts/api-token-book.ts';
import { roles as allRoles } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import { namedPage, next, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, name, reason, reasonIfAny, time } from './shapes.ts';

const role = z.enum(allRoles);
const token = z.strictObject({
  id: z.string(),
  name: z.string(),
  person: z.string(),
  roles: z.array(role).readonly(),
  createdAt: time,
  expiresAt: time,
  usedAt: time.nullable(),
  ofSession: z.boolean(),
  /** Of a command line that its person agreed to in the browser. */
  attended: z.boolean(),
});

/** Tokens of people for their programs, and roles that they take for a time. */
export const tokenRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/api-tokens',
    summary: 'Your own API tokens',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject(namedPage('api-tokens')),
    answer: z.strictObject({ tokens: z.array(token), next }),
    async handle({ parts, person: by, query }) {
      const { rows, more } = pageByName(await parts.desks.apiTokens.list({ by }), query, {
        list: 'api-tokens',
        keyOf: (one) => [one.id],
        wordsOf: (one) => one.name,
      });
      return { tokens: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/api-tokens',
    showsOnce: true,
    summary: 'Make an API token of yours, shown once',
    action: 'identity.api-token-created',
    recordedBy: 'plane',
    act: 'tokens',
    role: ['auditor', 'owner'],
    body: z.strictObject({
      name,
      roles: z.array(role).min(1).max(allRoles.length),
      forSeconds: z.int().min(1),
      reason: reason.optional(),
    }),
    answer: token.extend({ secret: z.string() }),
    async handle({ parts, body: { forSeconds, ...body }, person: by }) {
      const made = await parts.desks.apiTokens.create({ by, ...body, forMs: forSeconds * 1_000 });
      return { ...view(made.token), secret: made.secret };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/api-tokens/:id/revoke',
    summary: 'Revoke an API token',
    action: 'identity.api-token-revoked',
    recordedBy: 'plane',
    act: 'revoke',
    // The desk asks for more: an analyst, or whoever it is of.
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    body: reasonIfAny,
    answer: token,
    handle: async ({ parts, params, body, person: by }) =>
      view(await parts.desks.apiTokens.revoke({ by, ...params, ...body })),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/elevations',
    summary: 'Take a role for a time',
    action: 'identity.elevated',
    recordedBy: 'plane',
    act: 'elevate',
    // The desk asks for more: that they are eligible for it.
    role: ['auditor', 'owner'],
    body: z.strictObject({ role, forSeconds: z.int().min(1), reason }),
    answer: z.strictObject({ role, until: time }),
    async handle({ parts, body: { forSeconds, ...body }, person: by }) {
      const act = { by, ...body, forMs: forSeconds * 1_000 };
      const taken = await parts.desks.elevation.elevate(act);
      return { role: taken.role, until: isoTime(taken.until) };
    },
  }),
];

function view(one: ApiToken): z.input<typeof token> {
  return {
    id: one.id,
    name: one.name,
    person: one.person,
    roles: one.roles,
    createdAt: isoTime(one.createdAt),
    expiresAt: isoTime(one.expiresAt),
    usedAt: one.usedAt === undefined ? null : isoTime(one.usedAt),
    ofSession: one.session !== undefined,
    attended: one.attended,
  };
}
