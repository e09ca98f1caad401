import { z } from 'zod';
import type { ExportedRecord, SinkKind } from '#contracts/event-sink.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  url: receiverUrl,
  /** What goes into the header `authorization`, whole; undefined: the collector asks for none. */
  authorizationFile: z.string().startsWith('/').optional(),
  /** Also spans of traces that their callers do not keep. */
  unsampled: z.boolean().default(false),
});

export interface OtlpTracesParts {
  /** An `ExportTraceServiceRequest` in JSON; undefined where these records are of no span. */
  readonly write: (
    records: readonly ExportedRecord[],
    options: { readonly unsampled: boolean },
  ) => string | undefined;
}

/**
 * Spans for a collector of OpenTelemetry, by OTLP/HTTP in JSON. INVARIANT: spans are made of the records alone, so
 * that what is sent again is the same spans under the same ids; a record of which there is no span is settled.
 */
export function otlpTracesSink({ write }: OtlpTracesParts): SinkKind<typeof spec.shape> {
  return {
    kind: 'otlp-traces',
    spec,
    placeOf: ({ url }) => new URL(url).host,
    open({ url, authorizationFile, unsampled }, { outbound, secret }) {
      const give = async (
        records: readonly ExportedRecord[],
        signal: AbortSignal,
      ): Promise<Verdict> => {
        const body = write(records, { unsampled });
        if (body === undefined) return { kind: 'taken' };
        const authorization =
          authorizationFile === undefined ? {} : { authorization: await secret(authorizationFile) };
        const answer = await outbound.fetch({
          url,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...authorization },
          body,
          maxBytes: limits.exportAnswerBytes,
          timeoutMs: limits.exportAnswerMs,
          signal,
        });
        return takenIn(answer);
      };
      return {
        most: { records: 512, bytes: 1_048_576 },
        send: (batch, signal) =>
          settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
        close: () => Promise.resolve(),
      };
    },
  };
}

/** A collector may take a request and reject spans of it: which ones it does not say. */
function takenIn(answer: OutboundAnswer): Verdict {
  const verdict = verdictOf(answer);
  if (verdict.kind !== 'taken' || answer.body.length === 0) return verdict;
  const told = jsonIn(answer.body);
  if (!isJsonObject(told)) return { kind: 'later', why: 'it answers what is no OTLP' };
  const partial = told['partialSuccess'];
  const rejected = isJsonObject(partial) ? Number(partial['rejectedSpans'] ?? 0) : 0;
  return rejected > 0 ? { kind: 'refused', why: 'it rejects the spans' } : verdict;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
