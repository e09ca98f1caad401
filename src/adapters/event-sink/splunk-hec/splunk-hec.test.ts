import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import { parseJson } from '#kernel/json/index.ts';
import { HttpReceiver } from '../../../../test/fakes/http-receiver.ts';
import { splunkHecSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
interface Event {
  readonly time: string;
  readonly source: string;
  readonly fields: { readonly bailiwick_key: string };
  readonly event: unknown;
}

/** The collector as its documentation has it; with acknowledgements the indexer is a question behind. */
async function splunk(over: { readonly acks?: boolean; readonly refusal?: object } = {}) {
  const poison = new Set<string>();
  const events: Event[] = [];
  const asked = new Map<number, number>();
  const server = new HttpReceiver(({ path, headers, body }) => {
    const channel = headers['x-splunk-request-channel'];
    if (headers.authorization !== 'Splunk token')
      return say(403, { text: 'Invalid token', code: 4 });
    if (path === `/services/collector/ack?channel=${String(channel)}`) {
      const { acks } = parseJson(Buffer.from(body)) as unknown as { acks: number[] };
      const told = acks.map((id) => {
        const times = (asked.get(id) ?? 0) + 1;
        asked.set(id, times);
        return [String(id), times > 1] as const;
      });
      return say(200, { acks: Object.fromEntries(told) });
    }
    if (path !== `/services/collector/event?channel=${String(channel)}`) return { status: 404 };
    if (over.refusal !== undefined) return say(400, over.refusal);
    const read = body
      .trimEnd()
      .split('\n')
      .map((one) => parseJson(Buffer.from(one)) as unknown as Event);
    if (read.some(({ fields }) => poison.has(fields.bailiwick_key))) {
      return say(400, { text: 'Invalid data format: echo', code: 6 });
    }
    events.push(...read);
    asked.set(events.length, 0);
    const ack = over.acks === true ? { ackId: events.length } : {};
    return say(200, { text: 'Success', code: 0, ...ack });
  });
  const say = (status: number, body: object) => ({ status, body: JSON.stringify(body) });
  const url = await server.open();
  const parts = { outbound, secret: async () => 'token', now: () => 0 };
  const spec = { url, tokenFile: '/none', sourcetype: 'bailiwick', index: 'audit' };
  return { server, sink: splunkHecSink.open(spec, parts), events, poison, asked };
}

for (const acks of [false, true]) {
  describeEventSink(`splunk-hec ${acks ? 'with' : 'without'} acknowledgements`, async () => {
    const { server, sink, events, poison } = await splunk({ acks });
    return {
      sink,
      received: async () => events.map(({ fields }) => fields.bailiwick_key),
      behave: async (how) => void (server.manners = how),
      refuse: async (one) => void poison.add(one),
      takesOnce: false,
      close: () => server.close(),
    };
  });
}

describe('Splunk', () => {
  const signal = new AbortController().signal;

  it('gets each record as an event at its time, with its key as an indexed field', async () => {
    const of = await splunk();
    await of.sink.send([exportedRecord(0)], signal);
    const { record, key, origin } = exportedRecord(0);
    expect(of.events).toEqual([
      {
        time: String(Date.parse(record.time) / 1_000),
        host: record.writer,
        source: origin,
        sourcetype: 'bailiwick',
        index: 'audit',
        fields: { bailiwick_key: key, bailiwick_type: record.type },
        event: record,
      },
    ]);
    await of.server.close();
  });

  it('has a record only when its indexer says so, where it says so', async () => {
    const of = await splunk({ acks: true });
    expect(await of.sink.send([exportedRecord(0)], signal)).toEqual({ settled: 1, never: [] });
    expect([...of.asked.values()]).toEqual([2]);
    await of.server.close();
  });

  it('is waited for when it refuses who sends or to where, and not what', async () => {
    for (const code of [1, 7, 10, 11]) {
      const of = await splunk({ refusal: { text: 'Incorrect index', code } });
      expect(await of.sink.send([exportedRecord(0)], signal)).toMatchObject({
        settled: 0,
        never: [],
      });
      await of.server.close();
    }
  });
});
