import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import type { ExportedRecord } from '#contracts/event-sink.ts';
import { HttpReceiver, type ReceiverAnswer } from '../../../../test/fakes/http-receiver.ts';
import { otlpTracesSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
const now = () => 0;

/** A span for each record, by its key; the spans of real records are the plane's own test. */
const write = (records: readonly ExportedRecord[]) => {
  const spans = records.filter(({ index }) => index < 1_000).map(({ key }) => ({ spanId: key }));
  return spans.length === 0
    ? undefined
    : JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
};

async function collector(refused: ReceiverAnswer = { status: 400, body: 'echo of it' }) {
  const poison = new Set<string>();
  const taken: string[] = [];
  const server = new HttpReceiver(({ path, method, body }) => {
    if (path !== '/v1/traces' || method !== 'POST') return { status: 404 };
    const keys = [...body.matchAll(/"spanId":"([^"]+)"/g)].map(([, key = '']) => key);
    if (keys.some((key) => poison.has(key))) return refused;
    taken.push(...keys);
    return { status: 200, body: '{"partialSuccess":{}}' };
  });
  const url = `${await server.open()}/v1/traces`;
  const parts = { outbound, secret: async () => 'Bearer of-the-test', now };
  const kind = otlpTracesSink({ write });
  const sink = kind.open({ url, unsampled: false, authorizationFile: '/secret' }, parts);
  return { server, sink, taken, poison };
}

describeEventSink('otlp-traces', async () => {
  const { server, sink, taken, poison } = await collector();
  return {
    sink,
    received: async () => taken,
    behave: async (how) => void (server.manners = how),
    refuse: async (one) => void poison.add(one),
    takesOnce: false,
    close: () => server.close(),
  };
});

describe('spans on their way to a collector', () => {
  const signal = new AbortController().signal;

  it('are sent as JSON with the credential of the file, and records of no span are settled unsent [AUD-14]', async () => {
    const of = await collector();
    expect(await of.sink.send([exportedRecord(1_000)], signal)).toEqual({ settled: 1, never: [] });
    expect(of.server.asked).toEqual([]);
    await of.sink.send([exportedRecord(0), exportedRecord(1_001)], signal);
    expect(of.server.asked).toHaveLength(1);
    expect(of.server.asked[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer of-the-test',
    });
    await of.server.close();
  });

  it('that a collector rejects in the answer that takes the rest are found, and given up alone', async () => {
    const rejects = { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1"}}' };
    const of = await collector(rejects);
    of.poison.add(exportedRecord(2).key);
    const batch = [0, 1, 2, 3].map((at) => exportedRecord(at));
    const answer = await of.sink.send(batch, signal);
    expect(answer).toMatchObject({ settled: 4, never: [{ at: 2, why: 'it rejects the spans' }] });
    expect(new Set(of.taken).size).toBe(3);
    await of.server.close();
  });

  it('are not taken by whatever answers 200 with something else', async () => {
    const of = await collector({ status: 200, body: '<html>sign in</html>' });
    of.poison.add(exportedRecord(0).key);
    const answer = await of.sink.send([exportedRecord(0)], signal);
    expect(answer).toMatchObject({ settled: 0, later: { why: 'it answers what is no OTLP' } });
    await of.server.close();
  });
});
