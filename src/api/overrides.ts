import { z } from 'zod';
import { isOpen, isUnreviewedTooLong, type Override } from '#contracts/override-book.ts';
import { longestTargetText, parseTarget, targetLabel } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { namedPage, next, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, name, reason, time, withReason } from './shapes.ts';

const states = ['open', 'over', 'ended'] as const;
const said = z.strictObject({ by: z.string(), at: time, reason: z.string() });

const override = z.strictObject({
  id: z.string(),
  state: z.enum(states),
  agent: z.string(),
  /** As people write it. */
  target: z.string(),
  by: z.string(),
  reason: z.string(),
  at: time,
  until: time,
  ended: said.nullable(),
  /** By somebody other than its giver; null: nobody has looked at it. */
  reviewed: said.nullable(),
  /** A day went by and nobody else has looked: readiness is red. */
  overdue: z.boolean(),
});

export const overrideRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/overrides',
    summary: 'Overrides, those that nobody has reviewed first',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      ...namedPage('overrides', 2),
      /** `unreviewed`: nobody but its giver has looked at it, over or not. */
      state: z.enum([...states, 'unreviewed']).optional(),
    }),
    answer: z.strictObject({ overrides: z.array(override), next }),
    handle({ parts, tenant, query }) {
      const now = parts.clock.now();
      const all = parts.desks.overrides.list(tenant).map((one) => view(one, now));
      const wanted = all.filter(({ state, reviewed }) =>
        query.state === 'unreviewed'
          ? reviewed === null
          : query.state === undefined || state === query.state,
      );
      const { rows, more } = pageByName(wanted, query, {
        list: 'overrides',
        keyOf: (one) => [one.reviewed === null ? 'a' : 'b', one.id],
        wordsOf: (one) => `${one.agent} ${one.target}`,
      });
      return Promise.resolve({ overrides: [...rows], ...more });
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/overrides',
    summary: 'Give an override: what policy asks goes on, for hours at most',
    action: 'override.given',
    recordedBy: 'plane',
    act: 'approve',
    role: 'approver',
    body: z.strictObject({
      agent: name,
      target: z.string().min(1).max(longestTargetText),
      forSeconds: z.int().positive(),
      reason,
    }),
    answer: override,
    async handle({ parts, body: { forSeconds, ...body }, person: by }) {
      const asked = { by, ...body, forMs: forSeconds * 1_000 };
      return view(await parts.desks.overrides.give(asked), parts.clock.now());
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/overrides/:id/review',
    summary: 'Say that somebody else has looked at an override',
    action: 'override.reviewed',
    recordedBy: 'plane',
    act: 'approve',
    role: ['approver', 'auditor'],
    params: z.strictObject({ id }),
    body: withReason,
    answer: override,
    async handle({ parts, params, body, person: by }) {
      const one = await parts.desks.overrides.review({ by, ...params, ...body });
      return view(one, parts.clock.now());
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/overrides/:id/end',
    summary: 'End an override before its time',
    action: 'override.ended',
    recordedBy: 'plane',
    act: 'revoke',
    role: ['approver', 'operator'],
    params: z.strictObject({ id }),
    body: withReason,
    answer: override,
    async handle({ parts, params, body, person: by }) {
      const one = await parts.desks.overrides.end({ by, ...params, ...body });
      return view(one, parts.clock.now());
    },
  }),
];

function view(one: Override, now: number): z.input<typeof override> {
  const { ended, reviewed } = one;
  const target = parseTarget(one.target);
  return {
    id: one.id,
    state: isOpen(one, now) ? 'open' : ended === undefined ? 'over' : 'ended',
    agent: one.agent,
    target: target === undefined ? one.target : targetLabel(target),
    by: one.by,
    reason: one.reason,
    at: isoTime(one.at),
    until: isoTime(one.until),
    ended: ended === undefined ? null : { ...ended, at: isoTime(ended.at) },
    reviewed: reviewed === undefined ? null : { ...reviewed, at: isoTime(reviewed.at) },
    overdue: isUnreviewedTooLong(one, now),
  };
}
