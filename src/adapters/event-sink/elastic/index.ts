import { z } from 'zod';
import {
  type ExportedRecord,
  jsonBody,
  type NeverTaken,
  type SinkAnswer,
  type SinkKind,
  takenLater,
} from '#contracts/event-sink.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  url: receiverUrl,
  index: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,200}$/u),
  apiKeyFile: z.string().startsWith('/'),
});

/**
 * Elasticsearch and OpenSearch: `_bulk` with `create` and `_id` = `origin#index#id`, so that each record is
 * there once: 409 says that it is there already. Works with indices and data streams.
 */
export const elasticSink: SinkKind<typeof spec.shape> = {
  kind: 'elastic',
  spec,
  placeOf: ({ url, index }) => `${new URL(url).host}/${index}`,
  open({ url, index, apiKeyFile }, { outbound, secret }) {
    const give = async (
      records: readonly ExportedRecord[],
      signal: AbortSignal,
    ): Promise<Verdict | SinkAnswer> => {
      const answer = await outbound.fetch({
        url: new URL(`${encodeURIComponent(index)}/_bulk`, url.replace(/\/*$/u, '/')).href,
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          authorization: `ApiKey ${await secret(apiKeyFile)}`,
        },
        body: records.map(lines).join(''),
        maxBytes: limits.exportAnswerBytes,
        timeoutMs: limits.exportAnswerMs,
        signal,
      });
      return answer.status === 200 ? bulkAnswer(answer, records.length) : verdictOf(answer);
    };
    return {
      most: { records: 256, bytes: 4_194_304 },
      send: (batch, signal) =>
        settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
      close: () => Promise.resolve(),
    };
  },
};

function lines(one: ExportedRecord): string {
  const head = canonicalText({ create: { _id: one.key } });
  const stamp = canonicalText(one.record.time);
  return `${head}\n{"@timestamp":${stamp},"bailiwick_key":${canonicalText(one.key)},"${one.form}":${jsonBody(one)}}\n`;
}

/** INVARIANT: one status for each record, in order; anything else says nothing about any of them. */
function bulkAnswer({ body }: OutboundAnswer, count: number): SinkAnswer {
  const read = parseJson(body, { maxBytes: limits.exportAnswerBytes });
  const items = isJsonObject(read) ? read['items'] : undefined;
  if (!Array.isArray(items) || items.length !== count) {
    return takenLater('it answers 200, and not about each record');
  }
  const never: NeverTaken[] = [];
  for (const [at, item] of (items as readonly unknown[]).entries()) {
    const status = statusOf(item);
    if (status === 409 || (status >= 200 && status < 300)) continue;
    if (status === 400) never.push({ at, why: 'it answers 400 to this record' });
    else return { settled: at, never, later: { why: `it answers ${status} to a record` } };
  }
  return { settled: count, never };
}

function statusOf(item: unknown): number {
  const create = (item as JsonObject | null)?.['create'];
  const status = isJsonObject(create) ? create['status'] : undefined;
  return typeof status === 'number' ? status : 0;
}
