import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import type { SinkParts } from '#contracts/event-sink.ts';
import { syslogSink } from './index.ts';

let folder = '';
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-syslog-'));
  for (const host of ['localhost', 'elsewhere.example']) {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
      ]
        .concat(['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`])
        .concat(['-keyout', file(`${host}.key`), '-out', file(`${host}.crt`)]),
      { stdio: 'ignore' },
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const frameForm =
  /^<(\d+)>1 (\S+) (\S+) bailiwick - (\S+) \[bailiwick@32473 key="((?:[^"\\\]]|\\.)*)" form="(\w+)"\] \uFEFF(.*)$/su;

/** A receiver of RFC 5425: octets counted, messages of RFC 5424. */
async function receiver(host = 'localhost') {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const of = { isAway: false, port: 0 };
  const server = createServer(
    { key: readFileSync(file(`${host}.key`)), cert: readFileSync(file(`${host}.crt`)) },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      if (of.isAway) return void socket.destroy();
      let waiting = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        if (of.isAway) return void socket.destroy();
        waiting = Buffer.concat([waiting, bytes]);
        for (;;) {
          const space = waiting.indexOf(0x20);
          const length = Number(waiting.subarray(0, Math.max(0, space)).toString());
          if (space < 0 || waiting.length < space + 1 + length) return;
          messages.push(waiting.subarray(space + 1, space + 1 + length).toString('utf8'));
          waiting = waiting.subarray(space + 1 + length);
        }
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  of.port = (server.address() as AddressInfo).port;
  const sink = syslogSink.open(
    { host: 'localhost', port: of.port, caFile: file(`${host}.crt`) },
    {} as SinkParts,
  );
  const close = async () => {
    for (const one of sockets) one.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { of, sink, messages, close, sockets };
}

describeEventSink('syslog', async () => {
  const { of, sink, messages, close } = await receiver();
  return {
    sink,
    received: async () => {
      // Nobody answers in syslog: what was written is there a moment later.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return messages.map((one) => frameForm.exec(one)?.[5] ?? one);
    },
    behave: async (how) => void (of.isAway = how !== 'well'),
    refuse: undefined,
    takesOnce: false,
    close,
  };
});

describe('syslog over TLS', () => {
  const signal = new AbortController().signal;

  it('is RFC 5424 with the facility of audits, and hostile text in it breaks no message', async () => {
    const { sink, messages, close } = await receiver();
    const one = exportedRecord(0);
    const refusal = { stage: 'x', code: 'a/b', message: 'no' };
    const key = 'o"]\\ <13>1 - evil#1';
    await sink.send([one, { ...one, key, record: { ...one.record, refusal } }], signal);
    await sink.close();
    const [first, second] = messages.map((message) => frameForm.exec(message));
    expect(first?.slice(1)).toEqual([
      '110',
      one.record.time,
      'gateway-1',
      'gateway.noticed',
      one.key,
      'record',
      one.body,
    ]);
    expect(second?.[1]).toBe('108');
    expect(second?.[5]?.replace(/\\(.)/gu, '$1')).toBe(key);
    await close();
  });

  it('goes to nobody whose certificate is for another host or of another authority', async () => {
    const other = await receiver('elsewhere.example');
    expect(await other.sink.send([exportedRecord(0)], signal)).toMatchObject({ settled: 0 });
    const own = await receiver();
    const spec = { host: 'localhost', port: own.of.port };
    const strict = syslogSink.open(spec, {} as SinkParts);
    const answer = await strict.send([exportedRecord(0)], signal);
    expect(answer.later?.why).toContain('SELF_SIGNED');
    expect([...other.messages, ...own.messages]).toEqual([]);
    for (const { sink, close } of [other, own]) {
      await sink.close();
      await close();
    }
  });

  it('connects anew when the receiver has gone, and sends what was not settled', async () => {
    const { sink, sockets, messages, close } = await receiver();
    await sink.send([exportedRecord(0)], signal);
    for (const one of sockets) one.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await sink.send([exportedRecord(1)], signal)).toEqual({ settled: 1, never: [] });
    await sink.close();
    expect(messages).toHaveLength(2);
    await close();
  });
});
