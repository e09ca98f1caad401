import { z } from 'zod';
import { isoTime } from '#kernel/time.ts';
import type { OpenEffect } from '#planes/audit/index.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, reason, time } from './shapes.ts';

/** A call of which something is not known; without a target, whatever writes in the task. */
const effect = z.strictObject({
  id: z.string(),
  why: z.enum(['unreconciled', 'already-done', 'fenced']),
  task: z.string(),
  /** As text: `tool:billing/create_refund`. */
  target: z.string().nullable(),
  argumentsDigest: z.string().nullable(),
  /** The record that says what is known. */
  ref: z.string().nullable(),
  gateway: z.string(),
  at: time,
  until: time.nullable(),
});

export const effectRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/effects',
    summary: 'Effects whose outcome is not known',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject(namedPage('effects')),
    answer: z.strictObject({ effects: z.array(effect), next }),
    async handle({ parts, tenant, query }) {
      const { rows, more } = pageByName(await parts.desks.effects.list(tenant), query, {
        list: 'effects',
        keyOf: (one) => [one.id],
        wordsOf: (one) => `${one.target.task} ${view(one).target ?? ''}`,
      });
      return { effects: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/effects/:id/reconcile',
    summary: 'Say whether an effect happened',
    action: 'effect.reconciled',
    recordedBy: 'plane',
    act: 'effects',
    role: 'operator',
    params: z.strictObject({ id }),
    body: z.strictObject({ happened: z.enum(['yes', 'no']), reason }),
    answer: effect,
    async handle({ parts, params, body, person: by }) {
      return view(await parts.desks.effects.reconcile({ by, ...params, ...body }));
    },
  }),
];

const whys = ['unreconciled', 'already-done', 'fenced'] as const;

function view({ id: name, target, why, by, at, ref, until }: OpenEffect): z.input<typeof effect> {
  const call = target.kind === 'effect' ? target : undefined;
  return {
    id: name,
    why: whys.find((one) => one === why) ?? 'unreconciled',
    task: target.task,
    target: call?.target ?? null,
    argumentsDigest: call?.argumentsDigest ?? null,
    ref: call === undefined ? null : (ref ?? null),
    gateway: by,
    at: isoTime(at),
    until: until === undefined ? null : isoTime(until),
  };
}
