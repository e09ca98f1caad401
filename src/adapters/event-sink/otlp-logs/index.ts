import { z } from 'zod';
import {
  type ExportedRecord,
  type SinkAnswer,
  type SinkKind,
  takenAll,
} from '#contracts/event-sink.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  url: receiverUrl,
  /** `authorization: Bearer …` and the like, one header on a line. */
  headersFile: z.string().startsWith('/').optional(),
});

/**
 * OTLP logs over HTTP as JSON (`…/v1/logs`). A partial success says how many records were rejected and not which:
 * they were taken together and may not be sent again, so all of them are named as refused.
 */
export const otlpLogsSink: SinkKind<typeof spec.shape> = {
  kind: 'otlp-logs',
  spec,
  placeOf: ({ url }) => new URL(url).host,
  open({ url, headersFile }, { outbound, secret, now }) {
    const give = async (
      records: readonly ExportedRecord[],
      signal: AbortSignal,
    ): Promise<Verdict | SinkAnswer> => {
      const headers = headersFile === undefined ? {} : headersIn(await secret(headersFile));
      const answer = await outbound.fetch({
        url,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: requestOf(records, now()),
        maxBytes: limits.exportAnswerBytes,
        timeoutMs: limits.exportAnswerMs,
        signal,
      });
      return answer.status === 200 ? partsTaken(answer.body, records.length) : verdictOf(answer);
    };
    return {
      most: { records: 256, bytes: 2_097_152 },
      send: (batch, signal) =>
        settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
      close: () => Promise.resolve(),
    };
  },
};

function requestOf(records: readonly ExportedRecord[], now: number): string {
  return canonicalText({
    resourceLogs: [
      {
        resource: { attributes: [attribute('service.name', 'bailiwick')] },
        scopeLogs: [
          {
            scope: { name: 'bailiwick.records' },
            logRecords: records.map((one) => logRecord(one, now)),
          },
        ],
      },
    ],
  });
}

/** INFO where all is well, WARN where something was refused. */
const severities = { info: [9, 'INFO'], warn: [13, 'WARN'] } as const;

function logRecord({ key, origin, index, record, body }: ExportedRecord, now: number): JsonObject {
  const [severityNumber, severityText] = severities[record.refusal === undefined ? 'info' : 'warn'];
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-/u.exec(record.trace ?? '') ?? [];
  return {
    timeUnixNano: `${Date.parse(record.time) || 0}000000`,
    observedTimeUnixNano: `${now}000000`,
    severityNumber,
    severityText,
    eventName: `bailiwick.${record.type}`,
    body: { stringValue: body },
    attributes: [
      attribute('bailiwick.key', key),
      attribute('bailiwick.log.origin', origin),
      attribute('bailiwick.log.index', String(index)),
      attribute('bailiwick.record.id', record.id),
      attribute('bailiwick.tenant', record.tenant),
    ],
    ...(traceId === undefined || spanId === undefined ? {} : { traceId, spanId }),
  };
}

function attribute(key: string, value: string): JsonObject {
  return { key, value: { stringValue: value } };
}

/** An empty body, or one without `partialSuccess`, is a whole success. Throws for what is no JSON. */
function partsTaken(body: Buffer, count: number): SinkAnswer {
  if (body.length === 0) return takenAll(count);
  const read = parseJson(body, { maxBytes: limits.exportAnswerBytes });
  const partial = isJsonObject(read) ? read['partialSuccess'] : undefined;
  const rejected = isJsonObject(partial) ? Number(partial['rejectedLogRecords'] ?? 0) : 0;
  if (!(rejected > 0)) return takenAll(count);
  const why = `it rejects ${rejected} of ${count} records, and does not say which`;
  return { settled: count, never: Array.from({ length: count }, (_, at) => ({ at, why })) };
}

function headersIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(/\r?\n/u).flatMap((line) => {
    const [, name, value] = /^([A-Za-z0-9-]+):\s*(.+)$/u.exec(line.trim()) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value] as const];
  });
  return Object.fromEntries(pairs);
}
