import { z } from 'zod';
import { limits } from '#kernel/limits.ts';
import { type Span, spansOf, spanTypes } from '#planes/traces/index.ts';
import { reach } from './annotation-view.ts';
import { personRoute, type Route } from './route.ts';

const attributes = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

const span = z.strictObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  writer: z.string(),
  name: z.string(),
  kind: z.enum(['internal', 'server', 'client', 'producer']),
  startMs: z.number(),
  endMs: z.number(),
  failure: z.string().optional(),
  attributes,
  events: z.array(z.strictObject({ name: z.string(), timeMs: z.number(), attributes })),
});

/** One trace, as spans that are made of its records; who asked for it is on record. */
export const traceRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/audit/traces/:trace',
    summary: 'What happened under one trace',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({
      trace: z.string().regex(/^[0-9a-f]{32}$/, 'a trace has 32 hex digits'),
    }),
    answer: z.strictObject({
      spans: z.array(span),
      cut: z.boolean(),
      reach: z.array(reach),
      unreadable: z.number(),
    }),
    async handle({ parts, tenant, params, signal }) {
      const answer = await parts.records.ask(questionOf(tenant, params.trace), signal);
      return {
        spans: answer.records.flatMap(({ record }) => spansOf(record)).map(spanView),
        cut: answer.next !== undefined,
        reach: [...answer.reach],
        unreadable: answer.unreadable,
      };
    },
  }),
];

function questionOf(tenant: string, trace: string) {
  return {
    tenant,
    query: `trace:${trace} action:${spanTypes.join(',')}`,
    view: undefined,
    cursor: undefined,
    most: limits.auditQueryRows,
    newestFirst: false,
    counted: false,
  };
}

function spanView(told: Span): z.input<typeof span> {
  const { traceId, spanId, parentSpanId, writer, name, kind, startMs, endMs, failure } = told;
  return {
    traceId,
    spanId,
    writer,
    name,
    kind,
    startMs,
    endMs,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(failure === undefined ? {} : { failure }),
    attributes: listsOf(told.attributes),
    events: told.events.map((event) => ({ ...event, attributes: listsOf(event.attributes) })),
  };
}

function listsOf(told: Span['attributes']): z.input<typeof attributes> {
  const entries = Object.entries(told);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
