import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import { parseJson } from '#kernel/json/index.ts';
import { HttpReceiver } from '../../../../test/fakes/http-receiver.ts';
import { sentinelSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
interface Row {
  readonly Key: string;
}
const rule = 'dcr-00112233445566778899aabbccddeeff';

/** The token endpoint of Entra and the Logs Ingestion API, as their documentation has them. */
async function sentinel() {
  const poison = new Set<string>();
  const rows: Row[] = [];
  const of = { now: 1_790_000_000_000, tokens: 0, current: '' };
  const server = new HttpReceiver(({ path, headers, body }) => {
    if (path === '/tenant/oauth2/v2.0/token') {
      const form = new URLSearchParams(body);
      const isKnown =
        form.get('grant_type') === 'client_credentials' &&
        form.get('client_id') === 'app' &&
        form.get('client_secret') === 's=&cret' &&
        form.get('scope') === 'https://monitor.azure.com//.default';
      if (!isKnown) return { status: 401, body: '{"error":"invalid_client"}' };
      of.tokens += 1;
      of.current = `token-${of.tokens}`;
      const told = { token_type: 'Bearer', expires_in: 3_599, access_token: of.current };
      return { status: 200, body: JSON.stringify(told) };
    }
    const place = `/dataCollectionRules/${rule}/streams/Custom-Bailiwick?api-version=2023-01-01`;
    if (path !== place) return { status: 404 };
    if (headers.authorization !== `Bearer ${of.current}`) return { status: 401 };
    if (Buffer.byteLength(body) > 1_048_576) return { status: 413 };
    const sent = parseJson(Buffer.from(body), { maxBytes: 2_000_000 }) as unknown as Row[];
    if (sent.some(({ Key }) => poison.has(Key))) return { status: 400, body: 'echo' };
    rows.push(...sent);
    return { status: 204 };
  });
  const url = await server.open();
  const spec = {
    url,
    rule,
    stream: 'Custom-Bailiwick',
    tokenUrl: `${url}/tenant/oauth2/v2.0/token`,
    clientId: 'app',
    clientSecretFile: '/none',
    scope: 'https://monitor.azure.com//.default',
  };
  const parts = { outbound, secret: async () => 's=&cret', now: () => of.now };
  return { server, sink: sentinelSink.open(spec, parts), rows, poison, of };
}

describeEventSink('sentinel', async () => {
  const { server, sink, rows, poison } = await sentinel();
  return {
    sink,
    received: async () => rows.map(({ Key }) => Key),
    behave: async (how) => void (server.manners = how),
    refuse: async (one) => void poison.add(one),
    takesOnce: false,
    close: () => server.close(),
  };
});

describe('Sentinel', () => {
  const signal = new AbortController().signal;
  const send = (to: Awaited<ReturnType<typeof sentinel>>, at: number) =>
    to.sink.send([exportedRecord(at)], signal);

  it('gets rows by the columns of its rule, under a token that is kept while it holds', async () => {
    const to = await sentinel();
    await send(to, 0);
    await send(to, 1);
    expect(to.of.tokens).toBe(1);
    const { record, key } = exportedRecord(0);
    expect(to.rows[0]).toEqual({
      TimeGenerated: record.time,
      Key: key,
      RecordType: record.type,
      Tenant: record.tenant,
      Body: record,
    });
    to.of.now += 3_600_000;
    await send(to, 2);
    expect(to.of.tokens).toBe(2);
    // Taken back before its time: that call waits, and the next one has another token.
    to.of.current = 'another';
    expect(await send(to, 3)).toMatchObject({ settled: 0, never: [] });
    expect(await send(to, 3)).toEqual({ settled: 1, never: [] });
    await to.server.close();
  });

  it('is never sent more than a megabyte', async () => {
    const to = await sentinel();
    const { bytes, records } = to.sink.most;
    const body = JSON.stringify({ text: 'x'.repeat(Math.floor(bytes / records) - 20) });
    const batch = Array.from({ length: records }, (_, at) => ({ ...exportedRecord(at), body }));
    expect(await to.sink.send(batch, signal)).toEqual({ settled: records, never: [] });
    expect(to.server.asked.filter(({ path }) => path.startsWith('/data'))).toHaveLength(1);
    await to.server.close();
  });
});
