import type { JsonObject } from '#kernel/json/value.ts';
import { names, schemaUrl } from './conventions.ts';
import type { Attribute, Span } from './door.ts';

/** Which program says it. */
export interface SpanSource {
  readonly service: string;
  readonly version: string;
}

/**
 * An `ExportTraceServiceRequest` in the JSON form of OTLP 1: ids in hex, times as texts of nanoseconds, kinds
 * as numbers. Programs are told apart by the writers of their records.
 */
export function otlpTraces(spans: readonly Span[], source: SpanSource): JsonObject {
  const byWriter = Map.groupBy(spans, ({ writer }) => writer);
  return {
    resourceSpans: [...byWriter].map(([writer, written]) => ({
      resource: {
        attributes: attributesOf({
          [names.serviceName]: source.service,
          [names.serviceVersion]: source.version,
          [names.serviceInstance]: writer,
        }),
      },
      scopeSpans: [{ scope: { name: source.service }, spans: written.map(spanOf), schemaUrl }],
    })),
  };
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4 } as const;
const failed = 2;

function spanOf(span: Span): JsonObject {
  const { traceId, spanId, parentSpanId, name, kind, failure } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    flags: flagsOf(span),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: attributesOf(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: nanos(event.timeMs),
      attributes: attributesOf(event.attributes),
    })),
    status: failure === undefined ? {} : { code: failed, message: failure },
  };
}

/** The flags of the context, and whether its parent is another program's, which is known of every span. */
function flagsOf({ isSampled, kind, parentSpanId }: Span): number {
  const isRemote = parentSpanId !== undefined && kind !== 'client';
  return (isSampled ? 1 : 0) | 0x100 | (isRemote ? 0x200 : 0);
}

/** Whole microseconds: that is as far as a double of today goes. */
function nanos(ms: number): string {
  return `${Math.round(ms * 1_000)}000`;
}

function attributesOf(attributes: Readonly<Record<string, Attribute>>): JsonObject[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: Attribute): JsonObject {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  }
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
