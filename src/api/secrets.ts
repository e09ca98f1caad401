import { z } from 'zod';
import type { NeededSecret } from '#contracts/document-kind.ts';
import { settingDoubt, settingSecret } from '#planes/semantic/index.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { name, reason, reasonIfAny } from './shapes.ts';

const stored = z.strictObject({ name: z.string(), version: z.number() });

/** A secret under a name that is misspelt is kept like every other: whoever put it there is told. */
function namesOf(needed: readonly NeededSecret[], put: string) {
  const namedBy = needed
    .filter(({ secret }) => secret === put)
    .map(({ kind, name: document }) => `${kind} ${document}`);
  const missing = needed.filter(({ isKept }) => !isKept).map(({ secret }) => secret);
  return { namedBy, missing: [...new Set(missing)] };
}

/** What goes in never comes out again through the API. */
export const secretRoutes: readonly Route[] = [
  personRoute({
    method: 'PUT',
    path: '/v1/secrets/:name',
    summary: 'Put a secret',
    action: 'credential.stored',
    recordedBy: 'plane',
    act: 'secrets',
    role: 'operator',
    params: z.strictObject({ name }),
    body: z.strictObject({ value: z.string().min(6).max(8_192), reason: reason.optional() }),
    answer: stored.extend({ namedBy: z.array(z.string()), missing: z.array(z.string()) }),
    async handle({ parts, person: by, params, body }) {
      const value = Buffer.from(body.value);
      const kept = await parts.desks.secrets.put({ by, ...params, value, reason: body.reason });
      return { ...kept, ...namesOf(parts.neededSecrets(by.tenant), kept.name) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/secrets/:name/remove',
    summary: 'Remove a secret',
    action: 'credential.removed',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'operator',
    params: z.strictObject({ name }),
    body: reasonIfAny,
    answer: z.strictObject({ name: z.string() }),
    async handle({ parts, person: by, params, body }) {
      await parts.desks.secrets.remove({ by, ...params, ...body });
      return params;
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/secrets',
    summary: 'Names and versions of secrets',
    action: 'api.read',
    recordedBy: 'route',
    role: 'operator',
    query: z.strictObject(namedPage('secrets')),
    answer: z.strictObject({ secrets: z.array(stored), next }),
    async handle({ parts, person: by, query }) {
      const { rows, more } = pageByName(await parts.desks.secrets.list({ by }), query, {
        list: 'secrets',
        keyOf: (one) => [one.name],
      });
      return { secrets: rows.map((one) => ({ name: one.name, version: one.version })), ...more };
    },
  }),
  // What a client's configuration holds is looked at before it is moved here. Nothing of it is kept.
  personRoute({
    method: 'POST',
    path: '/v1/secrets/find',
    summary: 'Which secret a text is',
    action: 'api.read',
    recordedBy: 'route',
    role: 'operator',
    body: z.strictObject({
      settings: z
        .array(z.strictObject({ name: z.string().max(1_024), value: z.string().max(16_384) }))
        .max(4_096),
    }),
    answer: z.strictObject({
      found: z.array(
        // What is not sure only may be one.
        z.strictObject({ at: z.number(), why: z.string(), sure: z.boolean() }),
      ),
    }),
    async handle({ body: { settings } }) {
      const found = settings.flatMap((one, at) => {
        const secret = settingSecret(one);
        const why = secret ?? settingDoubt(one);
        return why === undefined ? [] : [{ at, why, sure: secret !== undefined }];
      });
      return { found };
    },
  }),
];
