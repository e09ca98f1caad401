import { z } from 'zod';
import { limits } from '#kernel/limits.ts';
import type { FoundPlace, RecordAnswer } from '#planes/query/index.ts';
import { type Span, spansOf } from '#planes/traces/index.ts';
import { annotation, annotationView, found, reach, recordView } from './annotation-view.ts';
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

/**
 * One trace: its spans, which are made of its records, and these records with what people decided about them, oldest
 * first, each with its proof where that is asked for; who asked for it is on record.
 */
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
    query: z.strictObject({ proofs: z.enum(['none', 'leaf', 'full']).default('none') }),
    answer: z.strictObject({
      spans: z.array(span),
      records: z.array(found.extend({ leaf: z.string().optional(), proof: z.string().optional() })),
      annotations: z.array(annotation),
      annotationsCut: z.boolean(),
      cut: z.boolean(),
      reach: z.array(reach),
      unreadable: z.number(),
    }),
    async handle({ parts, tenant, params, query, signal }) {
      const ask = (words: string) =>
        parts.records.ask(questionOf(tenant, words, query.proofs), signal);
      const own = await ask(`trace:${params.trace}`);
      const approvals = approvalsIn(own);
      // Who approved stands in no trace of an agent.
      const decided = approvals === undefined ? undefined : await ask(`approval:${approvals}`);
      const byPeople = decided?.records.filter(({ record }) => record.trace === undefined) ?? [];
      const records = inOrder([...own.records, ...byPeople]);
      const { annotations = [], annotationsCut = false, reach: reached, unreadable } = own;
      return {
        spans: records.flatMap(({ record }) => spansOf(record)).map(spanView),
        records: records.map(provedView),
        annotations: annotations.map(annotationView),
        annotationsCut,
        cut: own.next !== undefined || decided?.next !== undefined,
        reach: [...reached],
        unreadable,
      };
    },
  }),
];

function approvalsIn({ records }: RecordAnswer): string | undefined {
  const named = new Set(records.flatMap(({ record }) => record.approval?.id ?? []));
  return named.size === 0 ? undefined : [...named].slice(0, limits.auditQueryTerms).join(',');
}

/** Of one moment in the order in which they were found. */
function inOrder(records: readonly FoundPlace[]): readonly FoundPlace[] {
  const at = ({ record }: FoundPlace) => Date.parse(record.time);
  return records.toSorted((one, other) => at(one) - at(other));
}

function provedView(one: FoundPlace) {
  const { leaf, proof } = one;
  return {
    ...recordView(one),
    ...(leaf === undefined ? {} : { leaf }),
    ...(proof === undefined ? {} : { proof }),
  };
}

function questionOf(tenant: string, query: string, proofs: 'none' | 'leaf' | 'full') {
  return {
    tenant,
    query,
    annotated: true,
    proven: proofs === 'none' ? undefined : proofs,
    view: undefined,
    cursor: undefined,
    most: proofs === 'none' ? limits.auditQueryRows : limits.auditExportRows,
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
