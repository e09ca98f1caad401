import { z } from 'zod';
import type { DirectoryToken } from '#contracts/directory-book.ts';
import { isoTime } from '#kernel/time.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, time, withReason } from './shapes.ts';

const token = z.strictObject({
  id: z.string(),
  madeBy: z.string(),
  madeAt: time,
  expiresAt: time,
  endedAt: time.nullable(),
});

/** Tokens by which a directory says who is there; the directory itself speaks SCIM. */
export const directoryRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/directory/tokens',
    summary: 'Tokens of directories that provision people',
    action: 'api.read',
    recordedBy: 'route',
    role: 'admin',
    query: z.strictObject(namedPage('directory')),
    answer: z.strictObject({ tokens: z.array(token), next }),
    async handle({ parts, tenant, query }) {
      const { rows, more } = pageByName(await parts.desks.directory.list(tenant), query, {
        list: 'directory',
        keyOf: (one) => [one.id],
        wordsOf: (one) => one.madeBy,
      });
      return { tokens: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/directory/tokens',
    showsOnce: true,
    summary: 'Issue a token for a directory',
    action: 'directory.token-issued',
    recordedBy: 'plane',
    act: 'people',
    role: 'admin',
    body: withReason,
    answer: token.extend({ bearer: z.string(), url: z.string() }),
    async handle({ parts, body, person: by }) {
      const made = await parts.desks.directory.create({ by, ...body });
      return { ...view(made.token), bearer: made.bearer, url: `${parts.publicUrl()}/scim/v2` };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/directory/tokens/:id/end',
    summary: 'End a token of a directory',
    action: 'directory.token-ended',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'admin',
    params: z.strictObject({ id }),
    body: withReason,
    answer: token,
    handle: async ({ parts, params, body, person: by }) =>
      view(await parts.desks.directory.end({ by, ...params, ...body })),
  }),
];

function view(one: DirectoryToken): z.input<typeof token> {
  return {
    id: one.id,
    madeBy: one.madeBy,
    madeAt: isoTime(one.madeAt),
    expiresAt: isoTime(one.expiresAt),
    endedAt: one.endedAt === undefined ? null : isoTime(one.endedAt),
  };
}
