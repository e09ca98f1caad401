import { z } from 'zod';
import { type StopEntry, stopReasons } from '#kernel/overlay.ts';
import { nameText, stoppableKinds } from '#kernel/stop-target.ts';
import { longestTargetText } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject, reason, time } from './shapes.ts';

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('tenant'), name: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('agent'), name: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('instance'), name: z.string().min(1).max(128) }),
  z.strictObject({ kind: z.enum(stoppableKinds), name: z.string().min(1).max(longestTargetText) }),
]);
const stop = z.strictObject({ target, reason, force: z.boolean().optional() });
const releaseOf = z.strictObject({ target, reason });

const entry = z.strictObject({
  id: z.string(),
  target: jsonObject,
  why: z.enum(stopReasons),
  by: z.string(),
  reason: z.string(),
  at: time,
});

export const stopRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/stops',
    summary: 'Stops, suspensions, revocations and quarantines in force',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject(namedPage('stops')),
    answer: z.strictObject({ number: z.number(), entries: z.array(entry), next }),
    async handle({ parts, tenant, query }) {
      const { number, entries } = await parts.desks.standing.list(tenant);
      const { rows, more } = pageByName(entries, query, {
        list: 'stops',
        keyOf: (one) => [one.id],
        wordsOf: (one) => [...Object.values(namedAgain(one.target)), one.by, one.reason].join(' '),
      });
      return { number, entries: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/stops',
    summary: 'Stop an agent, an instance, a tool, a tenant or everything',
    action: 'stop.set',
    recordedBy: 'plane',
    act: 'stop',
    role: ['approver', 'analyst'],
    body: stop,
    answer: z.strictObject({
      overlay: z.number(),
      stopped: z.string(),
      kept: z.enum(['store', 'file', 'memory']),
      /** Whose stop of it stood already. */
      before: z.strictObject({ by: z.string(), reason: z.string() }).optional(),
    }),
    handle: ({ parts, body, person: by }) => parts.desks.standing.stop({ by, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/stops/release',
    summary: 'Release a stop',
    action: 'stop.released',
    recordedBy: 'plane',
    act: 'release',
    role: 'admin',
    body: releaseOf,
    answer: z.strictObject({ overlay: z.number(), released: z.string() }),
    handle: ({ parts, body, person: by }) => parts.desks.standing.release({ by, ...body }),
  }),
];

/** By the words that stop and release take it by. */
function namedAgain(to: StopEntry['target']) {
  if (to.kind !== 'target') return { ...to };
  const { tenant, target: of } = to;
  return { kind: of.kind, tenant, name: nameText(of) };
}

function view({ id, target: to, why, by, reason: because, at }: StopEntry) {
  return { id, target: namedAgain(to), why, by, reason: because, at: isoTime(at) };
}
