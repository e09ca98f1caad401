import type { JsonObject } from '#kernel/json/value.ts';
import { names, schemaUrl } from './conventions.ts';
import type { Attribute, Span, SpanEvent } from './door.ts';

const service = 'bailiwick';

/**
 * An `ExportTraceServiceRequest` in the JSON form of OTLP 1: ids in hex, times as texts of nanoseconds, kinds
 * as numbers. Programs are told apart by the writers of their records; of which version they were is not on record.
 */
export function otlpTraces(spans: readonly Span[]): JsonObject {
  const byWriter = Map.groupBy(spans, ({ writer }) => writer);
  return {
    resourceSpans: [...byWriter].map(([writer, written]) => ({
      resource: {
        attributes: attributesOf({
          [names.serviceName]: service,
          [names.serviceInstance]: writer,
        }),
      },
      scopeSpans: [{ scope: { name: service }, spans: written.map(spanOf), schemaUrl }],
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
    ...(span.events.length === 0 ? {} : { events: span.events.map(eventOf) }),
    status: failure === undefined ? {} : { code: failed, message: failure },
  };
}

function eventOf({ name, timeMs, attributes }: SpanEvent): JsonObject {
  return { name, timeUnixNano: nanos(timeMs), attributes: attributesOf(attributes) };
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
