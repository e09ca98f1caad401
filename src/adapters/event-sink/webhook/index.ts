import { z } from 'zod';
import { type ExportedRecord, jsonBody, type SinkKind } from '#contracts/event-sink.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import { webhookSigner } from './signature.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  url: receiverUrl,
  secretFile: z.string().startsWith('/'),
});

/**
 * CloudEvents 1.0 in batches, signed as Standard Webhooks has it. The id of a message is that of its records:
 * the same batch again is the same message.
 */
export const webhookSink: SinkKind<typeof spec.shape> = {
  kind: 'webhook',
  spec,
  placeOf: ({ url }) => new URL(url).host,
  open({ url, secretFile }, { outbound, secret, now }) {
    const give = async (
      records: readonly ExportedRecord[],
      signal: AbortSignal,
    ): Promise<Verdict> => {
      const sign = webhookSigner(await secret(secretFile));
      if (sign === undefined) {
        return { kind: 'later', why: 'its secret is no `whsec_…` and no `whsk_…`' };
      }
      const body = `[${records.map(cloudEvent).join(',')}]`;
      const id = `msg_${sha256Hex(body).slice(0, 32)}`;
      const seconds = Math.floor(now() / 1_000);
      const answer = await outbound.fetch({
        url,
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents-batch+json; charset=UTF-8',
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': sign(id, seconds, body),
        },
        body,
        maxBytes: limits.exportAnswerBytes,
        timeoutMs: limits.exportAnswerMs,
        signal,
      });
      return verdictOf(answer);
    };
    return {
      most: { records: 256, bytes: 524_288 },
      send: (batch, signal) =>
        settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
      close: () => Promise.resolve(),
    };
  },
};

function cloudEvent(one: ExportedRecord): string {
  const { key, origin, record, form } = one;
  const head = canonicalText({
    specversion: '1.0',
    id: key,
    source: origin,
    type: `io.bailiwick.${form}.${record.type}`,
    time: record.time,
    datacontenttype: 'application/json',
  });
  return `${head.slice(0, -1)},"data":${jsonBody(one)}}`;
}
