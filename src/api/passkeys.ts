import { z } from 'zod';
import type { Passkey } from '#contracts/passkey-book.ts';
import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { namedPage, next, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject, reason, time } from './shapes.ts';
import type { WebAnswer, WebRoute } from './web-route.ts';

const credential = z.string().regex(/^[A-Za-z0-9_-]{1,2048}$/);
const passkey = z.strictObject({
  credential: z.string(),
  person: z.string(),
  name: z.string(),
  createdAt: time,
  usedAt: time.nullable(),
});

/** A person's own passkeys. */
export const passkeyRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/passkeys',
    summary: 'Your own passkeys',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject(namedPage('passkeys')),
    answer: z.strictObject({ passkeys: z.array(passkey), next }),
    async handle({ parts, person: by, query }) {
      const { rows, more } = pageByName(await parts.desks.passkeys.list({ by }), query, {
        list: 'passkeys',
        keyOf: (one) => [one.credential],
        wordsOf: (one) => one.name,
      });
      return { passkeys: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/passkeys/options',
    summary: 'What a browser needs to make a passkey',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    answer: z.strictObject({ options: jsonObject }),
    handle: async ({ parts, person: by }) => ({
      options: await parts.desks.passkeys.enrolOptions({ by }),
    }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/passkeys',
    summary: 'Add a passkey of yours',
    action: 'identity.passkey-added',
    recordedBy: 'plane',
    act: 'passkeys',
    role: ['auditor', 'owner'],
    body: z.strictObject({ name: z.string().trim().min(1).max(64), response: jsonObject }),
    answer: passkey,
    handle: async ({ parts, body, person: by }) =>
      view(await parts.desks.passkeys.enrol({ by, ...body })),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/passkeys/remove',
    summary: 'Remove a passkey',
    action: 'identity.passkey-removed',
    recordedBy: 'plane',
    act: 'revoke',
    // The desk asks for more: whoever it is of, or an analyst.
    role: ['auditor', 'owner'],
    body: z.strictObject({
      credential,
      person: z.string().max(128).optional(),
      reason: reason.optional(),
    }),
    answer: passkey,
    handle: async ({ parts, body, person: by }) =>
      view(await parts.desks.passkeys.remove({ by, ...body })),
  }),
];

function view(one: Passkey): z.input<typeof passkey> {
  return {
    credential: one.credential,
    person: one.person,
    name: one.name,
    createdAt: isoTime(one.createdAt),
    usedAt: one.usedAt === undefined ? null : isoTime(one.usedAt),
  };
}

/** Sign-in by a passkey: our own page asks, and nobody else's. */
export const passkeySignIn: readonly WebRoute[] = [
  {
    method: 'POST',
    path: '/passkeys/options',
    action: 'identity.signed-in',
    recordedBy: 'nothing to record',
    encoding: 'json',
    crossOrigin: false,
    serve({ parts }) {
      const { options, cookie } = parts.desks.passkeys.signInOptions();
      return jsonAnswer({ options }, cookie);
    },
  },
  {
    method: 'POST',
    path: '/passkeys/sign-in',
    action: 'identity.signed-in',
    recordedBy: 'plane',
    encoding: 'json',
    crossOrigin: false,
    async serve({ parts, headers, body, source }) {
      const response = isJsonObject(body) ? body['response'] : undefined;
      const asked = { cookies: headers.cookie, response, from: source };
      const { session, cookie } = await parts.desks.passkeys.signIn(asked);
      return jsonAnswer({ name: session.person, roles: [...session.roles] }, cookie);
    },
  },
];

function jsonAnswer(body: JsonObject, cookie: string): WebAnswer {
  const headers = { 'content-type': 'application/json', 'set-cookie': cookie };
  return { status: 200, headers, body: canonicalText(body) };
}
