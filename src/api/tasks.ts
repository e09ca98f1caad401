import { z } from 'zod';
import type { Session } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import type { TaskDetail, TaskView } from '#planes/identity/index.ts';
import { readScope } from '#planes/tools/index.ts';
import { agentsShown, isShown } from './own-agents.ts';
import { next, pageByTime, placeAsked, searchedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, jsonObject, name, reason, time, withReason } from './shapes.ts';

/** How much it may in all, and how much of that is used; `task` counts it. */
const amount = z.strictObject({
  what: z.string(),
  atMost: z.number(),
  used: z.number(),
  task: z.string(),
});

/** A task with what it carries: what ending it would shed. */
const task = z.strictObject({
  id: z.string(),
  agent: z.string(),
  owner: z.string(),
  kind: z.enum(['implicit-agent', 'implicit-instance', 'begun', 'delegated']),
  instance: z.string().nullable(),
  labels: z.array(z.string()).readonly(),
  begunAt: time,
  begunBy: z.string().nullable(),
  why: z.string().nullable(),
  until: time.nullable(),
  scope: jsonObject.nullable(),
  /** The words of whoever wanted it are sealed beside its record. */
  intent: z.literal('sealed').nullable(),
  amounts: z.array(amount),
  endedAt: time.nullable(),
  endedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

const session = z.strictObject({
  id: z.string(),
  instance: z.string(),
  begunAt: time,
  endedAt: time.nullable(),
});

const raised = z.strictObject({ label: z.string(), session: z.string(), source: z.string() });

export const taskRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/tasks',
    summary: 'Tasks of agents',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject({
      ...searchedPage('tasks'),
      state: z.enum(['open', 'all']).default('open'),
      agent: name.optional(),
    }),
    answer: z.strictObject({ tasks: z.array(task), next }),
    async handle({ parts, tenant, query, person }) {
      const { state, agent } = query;
      const asked = { tenant, ...placeAsked(query), open: state === 'open' };
      const lists = agentsShown(parts, person, agent).map((of) =>
        parts.desks.tasks.list({ ...asked, ...(of === undefined ? {} : { agent: of }) }),
      );
      // Each list is by its time; an owner's are of several agents.
      const { rows, more } = pageByTime((await Promise.all(lists)).flat(), query, {
        list: 'tasks',
        placeOf: ({ task: one }) => ({ at: one.begunAt, id: one.id }),
      });
      return { tasks: rows.map(view), ...more };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/tasks/:id',
    summary: 'One task with its sessions and labels',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    answer: task.extend({ sessions: z.array(session), raised: z.array(raised) }),
    async handle({ parts, tenant, params, person }) {
      const found = await parts.desks.tasks.show(tenant, params.id);
      if (found !== undefined && isShown(parts, person, found.task.agent)) return detail(found);
      throw new BailiwickError('api/not-found', {
        message: `no task is called \`${params.id}\``,
      });
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tasks',
    summary: 'Begin a task',
    action: 'task.begun',
    recordedBy: 'plane',
    act: 'tasks',
    // The desk asks for more: an operator, or the owner of the agent whatever their role.
    role: ['auditor', 'owner'],
    body: z.strictObject({
      agent: name,
      instance: id.optional(),
      forSeconds: z.int().min(1).default(28_800),
      intent: z.string().trim().min(1).optional(),
      scope: jsonObject.optional(),
      reason,
    }),
    answer: task,
    async handle({ parts, body: { scope, forSeconds, ...body }, person: by }) {
      const narrowed = scope === undefined ? undefined : readScope(scope);
      const act = { by, ...body, scope: narrowed, forMs: forSeconds * 1_000 };
      return view(await parts.desks.tasks.begin(act));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tasks/:id/end',
    summary: 'End a task',
    action: 'task.ended',
    recordedBy: 'plane',
    act: 'tasks',
    // The desk asks for more: an operator, or the owner of the agent whatever their role.
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    body: withReason,
    answer: task,
    async handle({ parts, params, body, person: by }) {
      return view(await parts.desks.tasks.end({ by, ...params, ...body }));
    },
  }),
];

function detail(found: TaskDetail) {
  return {
    ...view(found),
    sessions: found.sessions.map(sessionView),
    raised: [...found.raised],
  };
}

function view({ task: one, labels, amounts }: TaskView): z.input<typeof task> {
  return {
    id: one.id,
    agent: one.agent,
    owner: one.owner,
    kind: one.kind,
    instance: one.instance ?? null,
    labels,
    begunAt: isoTime(one.begunAt),
    begunBy: one.begun?.by ?? null,
    why: one.begun?.reason ?? null,
    until: one.begun === undefined ? null : isoTime(one.begun.until),
    scope: (one.begun?.scope as JsonObject | undefined) ?? null,
    intent: one.begun?.intent === undefined ? null : 'sealed',
    amounts: [...amounts],
    endedAt: one.endedAt === undefined ? null : isoTime(one.endedAt),
    endedBy: one.endedBy ?? null,
    reason: one.reason ?? null,
  };
}

function sessionView(one: Session): z.input<typeof session> {
  return {
    id: one.id,
    instance: one.instance,
    begunAt: isoTime(one.begunAt),
    endedAt: one.endedAt === undefined ? null : isoTime(one.endedAt),
  };
}
