import { z } from 'zod';
import { personRoute, type Route } from './route.ts';
import { name, reason } from './shapes.ts';

const stored = z.strictObject({ name: z.string(), version: z.number() });

/** What goes in never comes out again through the API. */
export const secretRoutes: readonly Route[] = [
  personRoute({
    method: 'PUT',
    path: '/v1/secrets/:name',
    action: 'credential.stored',
    recordedBy: 'plane',
    role: 'admin',
    params: z.strictObject({ name }),
    body: z.strictObject({ value: z.string().min(6).max(8_192), reason: reason.optional() }),
    answer: stored,
    handle: ({ parts, person: by, params, body }) =>
      parts.desks.secrets.put({
        by,
        name: params.name,
        value: Buffer.from(body.value),
        reason: body.reason,
      }),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/secrets',
    action: 'api.read',
    recordedBy: 'route',
    role: 'admin',
    answer: z.strictObject({ secrets: z.array(stored) }),
    async handle({ parts, person: by }) {
      const secrets = await parts.desks.secrets.list({ by });
      return { secrets: secrets.map((one) => ({ name: one.name, version: one.version })) };
    },
  }),
];
