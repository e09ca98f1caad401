import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import { parseJson } from '#kernel/json/index.ts';
import { HttpReceiver } from '../../../../test/fakes/http-receiver.ts';
import { otlpLogsSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
interface LogRecord {
  readonly timeUnixNano: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue: string };
  }[];
}
const keyOf = ({ attributes }: LogRecord) =>
  attributes.find(({ key }) => key === 'bailiwick.key')?.value.stringValue ?? '';

/** A collector, by the proto mapping to JSON: unknown members are passed over, ids are hex, nanoseconds text. */
async function collector(partial: (records: readonly LogRecord[]) => object = () => ({})) {
  const poison = new Set<string>();
  const records: LogRecord[] = [];
  const server = new HttpReceiver(({ path, headers, body }) => {
    if (path !== '/v1/logs' || headers['content-type'] !== 'application/json')
      return { status: 404 };
    if (headers.authorization !== 'Bearer token') return { status: 401 };
    const { resourceLogs } = parseJson(Buffer.from(body)) as unknown as {
      resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[];
    };
    const sent = resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap((one) => one.logRecords),
    );
    if (sent.some((one) => !/^\d{19}$/.test(one.timeUnixNano))) return { status: 400 };
    if (sent.some((one) => poison.has(keyOf(one)))) return { status: 400, body: 'echo' };
    records.push(...sent);
    return { status: 200, body: JSON.stringify(partial(sent)) };
  });
  const url = `${await server.open()}/v1/logs`;
  const parts = { outbound, secret: async () => 'Authorization: Bearer token\n', now: () => 1e12 };
  const sink = otlpLogsSink.open({ url, headersFile: '/none' }, parts);
  return { server, sink, records, poison };
}

describeEventSink('otlp-logs', async () => {
  const { server, sink, records, poison } = await collector();
  return {
    sink,
    received: async () => records.map(keyOf),
    behave: async (how) => void (server.manners = how),
    refuse: async (one) => void poison.add(one),
    takesOnce: false,
    close: () => server.close(),
  };
});

describe('OTLP logs', () => {
  const batch = [0, 1, 2].map((at) => exportedRecord(at));
  const signal = new AbortController().signal;

  it('carry the record whole, with its trace where it has one', async () => {
    const of = await collector();
    const [one] = batch;
    if (one === undefined) throw new Error('no record');
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await of.sink.send([{ ...one, record: { ...one.record, trace } }], signal);
    expect(of.records[0]).toMatchObject({
      timeUnixNano: `${Date.parse(one.record.time)}000000`,
      severityText: 'INFO',
      eventName: 'bailiwick.gateway.noticed',
      body: { stringValue: one.body },
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    });
    await of.server.close();
  });

  it('that were taken in part are not sent again, and all of them are named: it does not say which', async () => {
    const of = await collector(() => ({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: 'echo of what was sent' },
    }));
    const answer = await of.sink.send(batch, signal);
    expect(answer).toMatchObject({ settled: 3, never: [{ at: 0 }, { at: 1 }, { at: 2 }] });
    expect(answer.never[0]?.why).toBe('it rejects 1 of 3 records, and does not say which');
    await of.server.close();
    const warning = await collector(() => ({ partialSuccess: { errorMessage: 'a warning' } }));
    expect(await warning.sink.send(batch, signal)).toEqual({ settled: 3, never: [] });
    await warning.server.close();
  });
});
