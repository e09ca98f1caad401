import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import {
  type ExportedRecord,
  jsonBody,
  type SinkKind,
  type SinkParts,
} from '#contracts/event-sink.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  url: receiverUrl,
  tokenFile: z.string().startsWith('/'),
  index: z.string().min(1).max(200).optional(),
  sourcetype: z.string().min(1).max(200).default('bailiwick'),
});

const ackEveryMs = 200;

/**
 * Splunk's HTTP event collector. Where the collector gives acknowledgements a record is settled when its indexer
 * has it; else 200 says only that it was accepted, and gaps are found by the field `bailiwick_key`.
 */
export const splunkHecSink: SinkKind<typeof spec.shape> = {
  kind: 'splunk-hec',
  spec,
  placeOf: ({ url }) => new URL(url).host,
  open({ url, tokenFile, index, sourcetype }, parts) {
    const channel = randomUUID();
    const ask = (path: string, body: string, signal: AbortSignal) =>
      asked({ url, tokenFile, channel, path, body, signal }, parts);
    const give = async (
      records: readonly ExportedRecord[],
      signal: AbortSignal,
    ): Promise<Verdict> => {
      const body = records.map((one) => event(one, { index, sourcetype })).join('');
      const answer = await ask('event', body, signal);
      const { code, ackId } = saidIn(answer.body);
      if (answer.status === 200 && code === 0) {
        return ackId === undefined ? { kind: 'taken' } : untilIndexed(ackId, ask, signal);
      }
      // 6 is data that cannot be read, 12 and 13 an event that is missing or blank: about what was sent. All
      // other 400s are about tokens, indexes and channels.
      if (answer.status === 400 && ![6, 12, 13].includes(code)) {
        return { kind: 'later', why: `it answers 400 with code ${code}` };
      }
      return answer.status === 200
        ? { kind: 'later', why: 'it answers 200, and not that it took them' }
        : verdictOf(answer);
    };
    return {
      most: { records: 256, bytes: 800_000 },
      send: (batch, signal) =>
        settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
      close: () => Promise.resolve(),
    };
  },
};

type Ask = (
  path: string,
  body: string,
  signal: AbortSignal,
) => ReturnType<SinkParts['outbound']['fetch']>;

async function asked(
  of: {
    readonly url: string;
    readonly tokenFile: string;
    readonly channel: string;
    readonly path: string;
    readonly body: string;
    readonly signal: AbortSignal;
  },
  { outbound, secret }: SinkParts,
): ReturnType<SinkParts['outbound']['fetch']> {
  const { url, tokenFile, channel, path, body, signal } = of;
  return outbound.fetch({
    url: new URL(`services/collector/${path}?channel=${channel}`, url.replace(/\/*$/u, '/')).href,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Splunk ${await secret(tokenFile)}`,
      'x-splunk-request-channel': channel,
    },
    body,
    maxBytes: limits.exportAnswerBytes,
    timeoutMs: limits.exportAnswerMs,
    signal,
  });
}

/** INVARIANT: taken only when the indexer said so; what it does not say in time is sent again. */
async function untilIndexed(ackId: number, ask: Ask, signal: AbortSignal): Promise<Verdict> {
  for (let waited = 0; waited < limits.exportAnswerMs; waited += ackEveryMs) {
    const answer = await ask('ack', canonicalText({ acks: [ackId] }), signal);
    if (answer.status !== 200)
      return { ...verdictOf(answer), kind: 'later', why: 'it gives no acks' };
    const acks = objectIn(answer.body)['acks'];
    if (isJsonObject(acks) && acks[String(ackId)] === true) return { kind: 'taken' };
    await wait(ackEveryMs, undefined, { signal });
  }
  return { kind: 'later', why: 'its indexer does not say that it has them' };
}

function event(
  one: ExportedRecord,
  { index, sourcetype }: { readonly index: string | undefined; readonly sourcetype: string },
): string {
  const { record, origin, key } = one;
  const head = canonicalText({
    time: String(Date.parse(record.time) / 1_000),
    host: record.writer,
    source: origin,
    sourcetype,
    ...(index === undefined ? {} : { index }),
    fields: { bailiwick_key: key, bailiwick_type: record.type },
  });
  return `${head.slice(0, -1)},"event":${jsonBody(one)}}\n`;
}

function saidIn(body: Buffer): { readonly code: number; readonly ackId: number | undefined } {
  const { code, ackId } = objectIn(body);
  return {
    code: typeof code === 'number' ? code : -1,
    ackId: typeof ackId === 'number' ? ackId : undefined,
  };
}

function objectIn(body: Buffer): JsonObject {
  try {
    const read = parseJson(body, { maxBytes: limits.exportAnswerBytes });
    return isJsonObject(read) ? read : {};
  } catch {
    return {};
  }
}
