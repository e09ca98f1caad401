import { z } from 'zod';
import { type ExportedRecord, jsonBody, type SinkKind } from '#contracts/event-sink.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { laterOf, settleByHalves, type Verdict, verdictOf } from '../wire/settle.ts';
import type { SinkParts } from '#contracts/event-sink.ts';
import { receiverUrl } from '../wire/receiver-url.ts';

const spec = z.strictObject({
  /** Of the data collection endpoint or rule. */
  url: receiverUrl,
  rule: z.string().regex(/^dcr-[0-9a-f]{8,64}$/u),
  stream: z.string().regex(/^(?:Custom|Microsoft)-[A-Za-z0-9_]{1,100}$/u),
  tokenUrl: receiverUrl,
  clientId: z.string().min(1).max(200),
  clientSecretFile: z.string().startsWith('/'),
  scope: z.string().min(1).max(200).default('https://monitor.azure.com//.default'),
});
type Spec = z.output<typeof spec>;

/** A megabyte a call, less what brackets and commas take. */
const mostBytes = 1_000_000;
/** A token is asked for anew before it ends. */
const earlyMs = 300_000;

/** Microsoft Sentinel by the Logs Ingestion API; tokens by client credentials, kept while they hold. */
export const sentinelSink: SinkKind<typeof spec.shape> = {
  kind: 'sentinel',
  spec,
  placeOf: ({ url, stream }) => `${new URL(url).host}/${stream}`,
  open(of, parts) {
    const tokens = createTokens(of, parts);
    const { outbound } = parts;
    const path = `dataCollectionRules/${of.rule}/streams/${of.stream}?api-version=2023-01-01`;
    const url = new URL(path, of.url.replace(/\/*$/u, '/')).href;
    const give = async (
      records: readonly ExportedRecord[],
      signal: AbortSignal,
    ): Promise<Verdict> => {
      const answer = await outbound.fetch({
        url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await tokens.current(signal)}`,
        },
        body: `[${records.map(row).join(',')}]`,
        maxBytes: limits.exportAnswerBytes,
        timeoutMs: limits.exportAnswerMs,
        signal,
      });
      if (answer.status === 401) tokens.forget();
      return verdictOf(answer);
    };
    return {
      most: { records: 256, bytes: mostBytes - 256 * 200 },
      send: (batch, signal) =>
        settleByHalves(batch, (records) => give(records, signal).catch(laterOf)),
      close: () => Promise.resolve(),
    };
  },
};

/** The columns that the rule has to name; `Body` is dynamic. */
function row(one: ExportedRecord): string {
  const { key, record } = one;
  const head = canonicalText({
    TimeGenerated: record.time,
    Key: key,
    RecordType: record.type,
    Tenant: record.tenant,
  });
  return `${head.slice(0, -1)},"Body":${jsonBody(one)}}`;
}

function createTokens(
  { tokenUrl, clientId, clientSecretFile, scope }: Spec,
  { outbound, secret, now }: SinkParts,
) {
  let kept: { readonly token: string; readonly until: number } | undefined;
  return {
    forget: () => void (kept = undefined),
    async current(signal: AbortSignal): Promise<string> {
      if (kept !== undefined && now() < kept.until) return kept.token;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: await secret(clientSecretFile),
        scope,
      });
      const answer = await outbound.fetch({
        url: tokenUrl,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
        maxBytes: limits.exportAnswerBytes,
        timeoutMs: limits.exportAnswerMs,
        signal,
      });
      const read = answer.status === 200 ? parseJson(answer.body) : undefined;
      const told = isJsonObject(read) ? read : {};
      const { access_token: token, expires_in: seconds } = told;
      if (typeof token !== 'string' || !/^[\x21-\x7e]+$/u.test(token)) {
        const message = `it gets no token: the token endpoint answers ${answer.status}`;
        throw new BailiwickError('outbound/unreachable', { message });
      }
      kept = { token, until: now() + Math.max(0, Number(seconds) * 1_000 - earlyMs || 0) };
      return token;
    },
  };
}
