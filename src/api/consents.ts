import { z } from 'zod';
import type { Consent } from '#contracts/consent-book.ts';
import { isoTime } from '#kernel/time.ts';
import { effectClasses } from '#kernel/tool.ts';
import { next, pageByTime, placeAsked, timedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, name, time, withReason } from './shapes.ts';

const effects = z.array(z.enum(effectClasses));

const consent = z.strictObject({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  person: z.string(),
  client: z.string(),
  clientName: z.string(),
  document: z.string(),
  agent: z.string(),
  effects: effects.readonly(),
  givenAt: time,
  until: time,
  endedAt: time.nullable(),
  endedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

/** What users let clients do for them, for people who watch over it. */
export const consentRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/consents',
    summary: 'What users agreed to',
    action: 'api.read',
    recordedBy: 'route',
    role: ['analyst', 'auditor'],
    query: z.strictObject({
      ...timedPage('consents'),
      state: z.enum(['open', 'all']).default('open'),
      agent: name.optional(),
      client: z.string().max(256).optional(),
    }),
    answer: z.strictObject({ consents: z.array(consent), next }),
    async handle({ parts, person: by, query }) {
      const { state, agent, client } = query;
      const found = await parts.desks.consents.list({
        by,
        ...placeAsked(query),
        open: state === 'open',
        ...(agent === undefined ? {} : { agent }),
        ...(client === undefined ? {} : { client }),
      });
      const { rows, more } = pageByTime(found, query, {
        list: 'consents',
        placeOf: ({ givenAt: at, id: own }) => ({ at, id: own }),
      });
      return { consents: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/consents/:id',
    summary: 'One consent',
    action: 'api.read',
    recordedBy: 'route',
    role: ['analyst', 'auditor'],
    params: z.strictObject({ id }),
    answer: consent,
    async handle({ parts, person: by, params }) {
      return view(await parts.desks.consents.show({ by, ...params }));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/consents/:id/narrow',
    summary: 'Narrow a consent',
    action: 'consent.narrowed',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'analyst',
    params: z.strictObject({ id }),
    body: z.strictObject({ ...withReason.shape, effects: effects.min(1) }),
    answer: consent,
    async handle({ parts, person: by, params, body }) {
      return view(await parts.desks.consents.narrow({ by, ...params, ...body }));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/consents/:id/withdraw',
    summary: 'Withdraw a consent',
    action: 'consent.withdrawn',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'analyst',
    params: z.strictObject({ id }),
    body: withReason,
    answer: consent,
    async handle({ parts, person: by, params, body }) {
      return view(await parts.desks.consents.withdraw({ by, ...params, ...body }));
    },
  }),
];

function view(of: Consent): z.input<typeof consent> {
  const { tenant: _tenant, givenAt, until, endedAt, endedBy, reason, ...said } = of;
  return {
    ...said,
    givenAt: isoTime(givenAt),
    until: isoTime(until),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
    endedBy: endedBy ?? null,
    reason: reason ?? null,
  };
}
