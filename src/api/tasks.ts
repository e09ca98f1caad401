import { z } from 'zod';
import type { Session } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isoTime } from '#kernel/time.ts';
import type { TaskDetail, TaskView } from '#planes/identity/index.ts';
import { personRoute, type Route } from './route.ts';
import { id, limit, name, time, withReason } from './shapes.ts';

/** A task with what it carries: what ending it would shed. */
const task = z.strictObject({
  id: z.string(),
  agent: z.string(),
  owner: z.string(),
  kind: z.enum(['implicit-agent', 'implicit-instance']),
  instance: z.string().nullable(),
  labels: z.array(z.string()).readonly(),
  begunAt: time,
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
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      state: z.enum(['open', 'all']).default('open'),
      agent: name.optional(),
      limit: limit(100, 1_000),
    }),
    answer: z.strictObject({ tasks: z.array(task) }),
    async handle({ parts, tenant, query }) {
      const { state, agent, limit: most } = query;
      const found = await parts.desks.tasks.list({
        tenant,
        limit: most,
        open: state === 'open',
        ...(agent === undefined ? {} : { agent }),
      });
      return { tasks: found.map(view) };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/tasks/:id',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: task.extend({ sessions: z.array(session), raised: z.array(raised) }),
    async handle({ parts, tenant, params }) {
      const found = await parts.desks.tasks.show(tenant, params.id);
      if (found !== undefined) return detail(found);
      throw new BailiwickError('api/not-found', {
        message: `no task is called \`${params.id}\``,
      });
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tasks/:id/end',
    action: 'task.ended',
    recordedBy: 'plane',
    // The desk asks for more: an admin, or the owner of the agent whatever their role.
    role: 'auditor',
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

function view({ task: one, labels }: TaskView): z.input<typeof task> {
  return {
    id: one.id,
    agent: one.agent,
    owner: one.owner,
    kind: one.kind,
    instance: one.instance ?? null,
    labels,
    begunAt: isoTime(one.begunAt),
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
