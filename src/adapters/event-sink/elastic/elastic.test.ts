import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import { parseJson } from '#kernel/json/index.ts';
import { HttpReceiver } from '../../../../test/fakes/http-receiver.ts';
import { elasticSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
type Line = Readonly<Record<string, unknown>>;

/** Elasticsearch as its documentation has `_bulk`: a status for each item, in order, and one document for an id. */
async function elastic(over: { readonly itemStatus?: (id: string) => number } = {}) {
  const documents = new Map<string, Line>();
  const server = new HttpReceiver(({ method, path, headers, body }) => {
    if (method !== 'POST' || path !== '/audit/_bulk') return { status: 404 };
    if (headers.authorization !== 'ApiKey secret-key') return { status: 401 };
    if (headers['content-type'] !== 'application/x-ndjson') return { status: 406 };
    if (!body.endsWith('\n')) return { status: 400, body: '{"error":"must end in a newline"}' };
    const lines = body
      .trimEnd()
      .split('\n')
      .map((one) => parseJson(Buffer.from(one)) as Line);
    const items = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { create } = lines[at] as { readonly create: { readonly _id: string } };
      const { _id: id } = create;
      const status = over.itemStatus?.(id) ?? (documents.has(id) ? 409 : 201);
      if (status === 201) documents.set(id, lines[at + 1] ?? {});
      const error = { type: 'mapper_parsing_exception', reason: 'echo of what was sent' };
      items.push({ create: { _id: id, status, ...(status < 300 ? {} : { error }) } });
    }
    return { status: 200, body: JSON.stringify({ errors: true, items }) };
  });
  const url = await server.open();
  const parts = { outbound, secret: async () => 'secret-key', now: () => 0 };
  const sink = elasticSink.open({ url, index: 'audit', apiKeyFile: '/none' }, parts);
  return { server, sink, documents };
}

describeEventSink('elastic', async () => {
  const poison = new Set<string>();
  const { server, sink, documents } = await elastic({
    itemStatus: (id) => (poison.has(id) ? 400 : documents.has(id) ? 409 : 201),
  });
  return {
    sink,
    received: async () => [...documents.keys()],
    behave: async (how) => void (server.manners = how),
    refuse: async (one) => void poison.add(one),
    takesOnce: true,
    close: () => server.close(),
  };
});

describe('Elasticsearch', () => {
  const batch = [0, 1, 2].map((at) => exportedRecord(at));
  const signal = new AbortController().signal;

  it('gets a document with the time and the key of each record', async () => {
    const of = await elastic();
    await of.sink.send(batch, signal);
    const { record, key } = exportedRecord(0);
    expect(of.documents.get(key)).toEqual({
      '@timestamp': record.time,
      bailiwick_key: key,
      record,
    });
    await of.server.close();
  });

  it('is asked again from the first record on that it had no room for', async () => {
    const of = await elastic({ itemStatus: (id) => (id === exportedRecord(1).key ? 429 : 201) });
    expect(await of.sink.send(batch, signal)).toEqual({
      settled: 1,
      never: [],
      later: { why: 'it answers 429 to a record' },
    });
    await of.server.close();
  });

  it('is not believed when it does not speak of each record', async () => {
    for (const body of ['{}', '{"items":[]}', '{"items":[{},{},{}]}', '{"items":[null,1,"x"]}']) {
      const server = new HttpReceiver(() => ({ status: 200, body }));
      const parts = { outbound, secret: async () => 'x', now: () => 0 };
      const url = await server.open();
      const sink = elasticSink.open({ url, index: 'audit', apiKeyFile: '/none' }, parts);
      expect(await sink.send(batch, signal)).toMatchObject({ settled: 0, never: [] });
      await server.close();
    }
  });
});
