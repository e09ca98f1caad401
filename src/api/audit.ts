import { z } from 'zod';
import { limits } from '#kernel/limits.ts';
import type { ExportsHealth } from '#planes/export/index.ts';
import { type IndexState, queryFields, type RecordQuestion, views } from '#planes/query/index.ts';
import { annotation, annotationView, found, reach, recordView } from './annotation-view.ts';
import { pendingWords, withPending } from './pending-words.ts';
import { personRoute, type Route } from './route.ts';
import { id, limit } from './shapes.ts';

const question = z.strictObject({
  q: z.string().max(limits.auditQueryBytes).default(''),
  view: z.string().min(1).max(64).optional(),
  limit: limit(100, limits.auditQueryRows),
  cursor: z.string().min(1).max(128).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  count: z
    .literal('true')
    .transform(() => true)
    .optional(),
});

const exported = z.strictObject({
  sink: z.string(),
  kind: z.string(),
  place: z.string(),
  form: z.string(),
  logs: z.array(z.strictObject({ origin: z.string(), sent: z.number(), size: z.number() })),
  lag: z.number(),
  behindMs: z.number(),
  sent: z.number(),
  failures: z.number(),
  dead: z.number(),
  fault: z.string().optional(),
  stuck: z.array(z.string()),
});

const state = z.strictObject({
  logs: z.array(reach.extend({ indexed: z.number() })),
  behind: z.number(),
  fault: z.string().optional(),
  taken: z.number(),
  workMs: z.number(),
});

/** Questions about records; each is itself on record, with what was asked. */
export const auditRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/audit/records',
    summary: 'Ask the index of records',
    action: 'log.read',
    recordedBy: 'route',
    recordsQuery: true,
    role: 'auditor',
    query: question.extend({ arrivedAfter: z.string().max(limits.auditMarkBytes).optional() }),
    answer: z.strictObject({
      arrived: z.string(),
      more: z.boolean(),
      asked: z.string(),
      records: z.array(found),
      next: z.string().optional(),
      lookedTo: z.string().optional(),
      count: z.number().optional(),
      reach: z.array(reach),
      unreadable: z.number(),
    }),
    async handle({ parts, tenant, query, signal }) {
      const { arrivedAfter } = query;
      const asked = { ...asQuestion(tenant, query), ...given({ arrivedAfter }) };
      const answer = await parts.records.ask(asked, signal);
      const records = answer.records.map(recordView);
      return given({ ...answer, records, reach: [...answer.reach] });
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'Records with their proofs',
    action: 'log.read',
    recordedBy: 'route',
    recordsQuery: true,
    role: 'auditor',
    query: question.extend({
      limit: limit(200, limits.auditExportRows),
      proofs: z.enum(['leaf', 'full']).default('leaf'),
    }),
    answer: z.strictObject({
      asked: z.string(),
      entries: z.array(found.extend({ leaf: z.string(), proof: z.string().optional() })),
      annotations: z.array(annotation),
      annotationsCut: z.boolean(),
      next: z.string().optional(),
      count: z.number().optional(),
      reach: z.array(reach),
      unreadable: z.number(),
    }),
    async handle({ parts, tenant, query, signal }) {
      const recent = parts.desks.annotations.recent(tenant);
      const answer = await parts.records.ask(
        { ...asQuestion(tenant, query), proven: query.proofs, annotated: true },
        signal,
      );
      const { asked, next, count, unreadable, annotations = [], annotationsCut = false } = answer;
      // What was withdrawn a moment ago has no proof yet, and is told as withdrawn all the same.
      const shown = { records: answer.records.map(({ record }) => record.id), tasks: [] };
      const { annotations: words } = withPending(annotations, recent, shown);
      const later = { annotations: words.map(annotationView), annotationsCut };
      const entries = answer.records.map(({ leaf = '', proof, ...one }) => ({
        ...recordView(one),
        ...given({ leaf, proof }),
      }));
      return given({ asked, next, count, unreadable, entries, ...later, reach: [...answer.reach] });
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/tasks/:task',
    summary: 'Everything that happened in a task',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ task: id }),
    answer: z.strictObject({
      records: z.array(found),
      annotations: z.array(annotation),
      annotationsCut: z.boolean(),
      pending: pendingWords,
      cut: z.boolean(),
      reach: z.array(reach),
    }),
    async handle({ parts, tenant, params, signal }) {
      const recent = parts.desks.annotations.recent(tenant);
      const told = await parts.records.timeline(tenant, params.task, signal);
      const records = told.records.map(recordView);
      const shown = { records: told.records.map(({ record }) => record.id), tasks: [params.task] };
      const { annotations: words, pending } = withPending(told.annotations, recent, shown);
      const annotations = words.map(annotationView);
      return { ...told, records, annotations, pending, reach: [...told.reach] };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/views',
    summary: 'Questions with a name',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({
      views: z.array(
        z.strictObject({
          name: z.string(),
          shows: z.string(),
          query: z.string(),
          needs: z.string().optional(),
        }),
      ),
      fields: z.record(z.string(), z.string()),
    }),
    async handle() {
      return { views: views.map((one) => ({ ...one })), fields: { ...queryFields } };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/exports',
    summary: 'Who is sent records, and how far that is',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({ exports: z.array(exported), silentMs: z.number() }),
    async handle({ parts, tenant }) {
      const { sinks, silentMs } = parts.exports(tenant);
      return { exports: sinks.map(exportView), silentMs: Math.round(silentMs) };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/index',
    summary: 'How far the index of records is',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: state,
    async handle({ parts, tenant }) {
      return stateView(await parts.records.state(tenant));
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/audit/index/check',
    summary: 'Compare the index with the log',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({
      records: z.number(),
      differences: z.array(z.string()),
      reach: z.array(reach),
    }),
    async handle({ parts, tenant, signal }) {
      const { records, differences, reach: told } = await parts.records.check(tenant, signal);
      return { records, differences: [...differences], reach: [...told] };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/audit/index/rebuild',
    summary: 'Make the index of records anew',
    action: 'log.index-rebuilt',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    answer: state,
    async handle({ parts, person }) {
      return stateView(await parts.desks.recordIndex.rebuild({ by: person }));
    },
  }),
];

function asQuestion(tenant: string, query: z.output<typeof question>): RecordQuestion {
  const { q, view, cursor, order, limit: most, count } = query;
  const newestFirst = order === 'newest';
  return { tenant, query: q, view, cursor, most, newestFirst, counted: count === true };
}

/** What is not said is not in the answer at all. */
function given<T extends object>(answer: T): T {
  const said = Object.entries(answer).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as T;
}

function exportView(told: ExportsHealth['sinks'][number]): z.input<typeof exported> {
  const { sink, kind, place, form, lag, sent, failures, dead, fault } = told;
  const logs = [...told.logs];
  const stuck = [...told.stuck];
  const behindMs = Math.round(told.behindMs);
  const counts = { lag, behindMs, sent, failures, dead };
  return given({ sink, kind, place, form, logs, ...counts, fault, stuck });
}

function stateView({ logs, behind, fault, taken, workMs }: IndexState): z.input<typeof state> {
  return given({ logs: [...logs], behind, fault, taken, workMs: Math.round(workMs) });
}
