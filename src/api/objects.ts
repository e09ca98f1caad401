import { z } from 'zod';
import type { LabelledObject } from '#contracts/object-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isoTime } from '#kernel/time.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, reason, time } from './shapes.ts';

/** A thing that a task wrote which carried something. */
const object = z.strictObject({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  labels: z.array(z.string()),
  origins: z.array(z.string()),
  task: z.string(),
  agent: z.string(),
  at: time,
  held: z.strictObject({ by: z.string(), reason: z.string(), at: time }).nullable(),
});

const filter = {
  kind: z.string().max(64).optional(),
  origin: z.string().max(512).optional(),
  label: z.string().max(128).optional(),
  task: id.optional(),
};

export const objectRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/objects',
    summary: 'Things that carry labels, and what they came by',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({ ...namedPage('objects'), ...filter }),
    answer: z.strictObject({ objects: z.array(object), next }),
    async handle({ parts, tenant, query }) {
      const { kind, origin, label, task } = query;
      const all = await parts.desks.objects.list(tenant, { kind, origin, label, task });
      const { rows, more } = pageByName(all, query, {
        list: 'objects',
        keyOf: (one) => [one.kind, one.name, one.id],
        wordsOf: (one) => `${one.kind} ${one.name} ${one.agent}`,
      });
      return { objects: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/objects/hold',
    summary: 'Keep things from being read until clean work writes them anew',
    action: 'label.held',
    recordedBy: 'plane',
    act: 'stop',
    role: 'operator',
    body: z.strictObject({ id: id.optional(), ...filter, reason }),
    answer: z.strictObject({ held: z.int(), objects: z.array(object) }),
    async handle({ parts, body, person: by }) {
      const held = await parts.desks.objects.hold({ by, ...meantBy(body) });
      return { held: held.length, objects: held.slice(0, mostTold).map(view) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/objects/release',
    summary: 'Let things be read again, with what they carry; with `lift`, all of a kind without',
    action: 'label.released',
    recordedBy: 'plane',
    act: 'release',
    role: 'admin',
    body: z.strictObject({
      id: id.optional(),
      ...filter,
      /** By the id of all of a kind (`*`) alone: it carries nothing any more. */
      lift: z.literal(true).optional(),
      reason,
    }),
    answer: z.strictObject({ released: z.int(), objects: z.array(object) }),
    async handle({ parts, body: { lift, ...body }, person: by }) {
      const { objects } = parts.desks;
      const act = { by, ...meantBy(body) };
      const released = await (lift === true ? objects.lift(act) : objects.release(act));
      return { released: released.length, objects: released.slice(0, mostTold).map(view) };
    },
  }),
];

/** INVARIANT: nobody means everything by leaving something out. */
function meantBy<Filter extends object>({ reason: why, ...meant }: Filter & { reason: string }) {
  if (Object.values(meant).every((one) => one === undefined)) {
    throw new BailiwickError('api/invalid', {
      message: 'say which: by id, kind, origin, label or task',
    });
  }
  return { reason: why, filter: meant };
}

const mostTold = 100;

function view(one: LabelledObject): z.input<typeof object> {
  const { markedAt, held, labels, origins, id, kind, name, task, agent } = one;
  return {
    id,
    kind,
    name,
    task,
    agent,
    labels: [...labels],
    origins: [...origins],
    at: isoTime(markedAt),
    held: held === undefined ? null : { ...held, at: isoTime(held.at) },
  };
}
