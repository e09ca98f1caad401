import { createHmac, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import type { Outbound, OutboundAsk } from '#contracts/outbound.ts';
import { parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type AskedOfReceiver, HttpReceiver } from '../../../../test/fakes/http-receiver.ts';
import { webhookSink } from './index.ts';

const outbound = createOutbound({ mayReach: () => false, loopback: true });
const key = randomBytes(32);
const now = () => 1_790_000_000_500;

/** As Standard Webhooks says that a receiver checks. */
function isSigned({ headers, body }: AskedOfReceiver): boolean {
  const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const mac = createHmac('sha256', key).update(text).digest('base64');
  return headers['webhook-signature'] === `v1,${mac}`;
}

const eventsOf = ({ body }: AskedOfReceiver) =>
  parseJson(Buffer.from(body)) as unknown as readonly { id: string; data: unknown }[];

async function receiver(secret = `whsec_${key.toString('base64')}`) {
  const poison = new Set<string>();
  const taken: string[] = [];
  const server = new HttpReceiver((asked) => {
    if (asked.path !== '/in' || asked.method !== 'POST') return { status: 404 };
    if (secret.startsWith('whsec') && !isSigned(asked)) return { status: 401 };
    const ids = eventsOf(asked).map(({ id }) => id);
    if (ids.some((id) => poison.has(id))) return { status: 422, body: 'echo of what was sent' };
    taken.push(...ids);
    return { status: 202 };
  });
  const base = await server.open();
  const parts = { outbound, secret: async () => secret, now };
  const sink = webhookSink.open({ url: `${base}/in`, secretFile: '/none' }, parts);
  return { server, sink, taken, poison, base };
}

describeEventSink('webhook', async () => {
  const { server, sink, taken, poison } = await receiver();
  return {
    sink,
    received: async () => taken,
    behave: async (how) => void (server.manners = how),
    refuse: async (one) => void poison.add(one),
    takesOnce: false,
    close: () => server.close(),
  };
});

describe('a signed webhook', () => {
  const send = async (of: Awaited<ReturnType<typeof receiver>>, count = 2) => {
    const batch = Array.from({ length: count }, (_, at) => exportedRecord(at));
    return of.sink.send(batch, new AbortController().signal);
  };

  it('is CloudEvents in a batch, one message under one id however often it is sent', async () => {
    const of = await receiver();
    await send(of);
    await send(of);
    const [first, second] = of.server.asked;
    if (first === undefined || second === undefined) throw new Error('it was not asked twice');
    expect(first.headers['content-type']).toBe('application/cloudevents-batch+json; charset=UTF-8');
    expect(first.headers['webhook-timestamp']).toBe('1790000000');
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    const { record, origin, key } = exportedRecord(0);
    expect(eventsOf(first)[0]).toEqual({
      specversion: '1.0',
      id: key,
      source: origin,
      type: 'io.bailiwick.record.gateway.noticed',
      time: record.time,
      datacontenttype: 'application/json',
      data: record,
    });
    await of.server.close();
  });

  it('can be signed by an Ed25519 key, which the public key alone verifies', async () => {
    const pair = generateKeyPairSync('ed25519');
    const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const of = await receiver(`whsk_${seed.toString('base64')}`);
    expect(await send(of)).toEqual({ settled: 2, never: [] });
    const [asked] = of.server.asked;
    if (asked === undefined) throw new Error('it was not asked');
    const { headers, body } = asked;
    const signature = /^v1a,(.+)$/.exec(String(headers['webhook-signature']))?.[1] ?? '';
    const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const bytes = Buffer.from(signature, 'base64');
    expect(verify(null, Buffer.from(text), pair.publicKey, bytes)).toBe(true);
    expect(verify(null, Buffer.from(`${text} `), pair.publicKey, bytes)).toBe(false);
    await of.server.close();
  });

  it('waits for somebody to look where the receiver does not believe it, and loses nothing', async () => {
    const of = await receiver(`whsec_${randomBytes(32).toString('base64')}`);
    const answer = await send(of);
    expect(answer).toEqual({ settled: 0, never: [], later: { why: 'it answers 401' } });
    await of.server.close();
    const wrong = await receiver('a word');
    const said = await send(wrong);
    expect(said.later?.why).toContain('whsec_');
    expect(JSON.stringify(said)).not.toContain('a word');
    await wrong.server.close();
  });

  it('waits so long for an answer and takes so much of one, and no more', async () => {
    const asks: OutboundAsk[] = [];
    const spied: Outbound = {
      fetch: (ask) => {
        asks.push(ask);
        return outbound.fetch(ask);
      },
    };
    const long = new HttpReceiver(() => ({
      status: 200,
      body: 'x'.repeat(limits.exportAnswerBytes + 1),
    }));
    const url = `${await long.open()}/in`;
    const parts = { outbound: spied, secret: async () => `whsec_${key.toString('base64')}`, now };
    const sink = webhookSink.open({ url, secretFile: '/none' }, parts);
    const answer = await sink.send([exportedRecord(0)], new AbortController().signal);
    expect(answer).toMatchObject({ settled: 0, later: { why: expect.any(String) as string } });
    expect(asks[0]).toMatchObject({
      timeoutMs: limits.exportAnswerMs,
      maxBytes: limits.exportAnswerBytes,
    });
    await long.close();
  });

  it('comes back when the receiver said', async () => {
    const of = await receiver();
    of.server.manners = 'busy';
    expect((await send(of)).later).toEqual({ why: 'it answers 503', afterMs: 7_000 });
    await of.server.close();
  });
});
