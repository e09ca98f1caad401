import { z } from 'zod';
import type { Delegation } from '#contracts/delegation-book.ts';
import { isoTime } from '#kernel/time.ts';
import { next, pageByTime, placeAsked, timedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, name, time, withReason } from './shapes.ts';

const delegation = z.strictObject({
  id: z.string(),
  subject: z.string().nullable(),
  issuer: z.string().nullable(),
  agent: z.string(),
  instance: z.string(),
  client: z.string().nullable(),
  consent: z.string(),
  effects: z.array(z.string()),
  task: z.string(),
  from: z.array(z.string()),
  begunAt: time,
  until: time,
  endedAt: time.nullable(),
  endedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

/** Who acts for whom, and the end of it. */
export const delegationRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/delegations',
    summary: 'Who acts for whom',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      ...timedPage('delegations'),
      state: z.enum(['open', 'all']).default('open'),
      agent: name.optional(),
      issuer: z.string().max(512).optional(),
      subject: z.string().max(512).optional(),
    }),
    answer: z.strictObject({ delegations: z.array(delegation), next }),
    async handle({ parts, tenant, query }) {
      const { state, agent, issuer, subject } = query;
      const found = await parts.desks.delegations.list({
        tenant,
        ...placeAsked(query),
        open: state === 'open',
        ...(agent === undefined ? {} : { agent }),
        ...(issuer === undefined || subject === undefined ? {} : { user: { issuer, subject } }),
      });
      const { rows, more } = pageByTime(found, query, {
        list: 'delegations',
        placeOf: ({ begunAt: at, id: own }) => ({ at, id: own }),
      });
      return { delegations: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/delegations/:id/end',
    summary: 'End a delegation',
    action: 'delegation.ended',
    recordedBy: 'plane',
    role: 'analyst',
    act: 'revoke',
    params: z.strictObject({ id }),
    body: withReason,
    answer: delegation,
    async handle({ parts, params, body, person: by }) {
      return view(await parts.desks.delegations.end({ by, ...params, ...body }));
    },
  }),
];

function view(of: Delegation): z.input<typeof delegation> {
  const { user, client, hops, endedAt, endedBy, reason } = of;
  return {
    id: of.id,
    subject: user?.subject ?? null,
    issuer: user?.issuer ?? null,
    agent: of.agent,
    instance: of.instance,
    client: client ?? null,
    consent: of.consent,
    effects: [...of.effects],
    task: of.task,
    from: hops.map((hop) => hop.agent),
    begunAt: isoTime(of.begunAt),
    until: isoTime(of.until),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
    endedBy: endedBy ?? null,
    reason: reason ?? null,
  };
}
