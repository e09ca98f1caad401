import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlpLogsSink } from '#adapters/event-sink/otlp-logs/index.ts';
import { otlpTracesSink } from '#adapters/event-sink/otlp-traces/index.ts';
import { createOutbound } from '#adapters/outbound/index.ts';
import { exportedRecord } from '#contracts/event-sink.suite.ts';
import type { ExportedRecord } from '#contracts/event-sink.ts';
import { newId } from '#kernel/ids.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { traceRequest } from '#planes/traces/index.ts';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { draftOf } from '../fakes/record-drafts.ts';

/**
 * Our spans before a collector that we did not write: OpenTelemetry's own, in Go, which reads them and sends on
 * what it has read. Building it takes some minutes, so it is built by `bailiwick soak` (or named, built, by
 * $BAILIWICK_OTELCOL).
 */
const root = mkdtempSync(join(tmpdir(), 'otelcol-'));

function binaryOf(): string | undefined {
  const named = process.env['BAILIWICK_OTELCOL'];
  if (named !== undefined) return named;
  if (process.env['BAILIWICK_STRANGERS'] !== 'all') return undefined;
  const folder = join(root, 'src');
  cpSync(join(import.meta.dirname, 'go-otelcol'), folder, { recursive: true });
  const built = join(root, 'otelcol');
  const words = ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', built, '.'];
  const env = { ...process.env, CGO_ENABLED: '0' };
  spawnSync('go', words, { cwd: folder, env, stdio: 'pipe', timeout: 900_000 });
  return existsSync(built) ? built : undefined;
}

const binary = binaryOf();
if (binary === undefined) {
  console.warn('NOT RUN: our spans before a collector of OpenTelemetry (needs go; see soak)');
}

const bodies: string[] = [];
const logs: string[] = [];
const behind = new HttpReceiver(({ path, body }) => {
  (path === '/v1/logs' ? logs : bodies).push(body);
  return { status: 200, body: '{}' };
});
let collector: ChildProcess | undefined;
let said = '';
let url = '';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isUp(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`).catch(() => undefined);
  return answer !== undefined;
}

beforeAll(async () => {
  if (binary === undefined) return;
  const port = await freePort();
  const config = join(root, 'config.yaml');
  const out = { endpoint: await behind.open(), encoding: 'json', compression: 'none' };
  writeFileSync(
    config,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: { otlp_http: { ...out, sending_queue: { enabled: false } } },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: {
          traces: { receivers: ['otlp'], exporters: ['otlp_http'] },
          logs: { receivers: ['otlp'], exporters: ['otlp_http'] },
        },
      },
    }),
  );
  collector = spawn(binary, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  collector.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  for (let tries = 0; tries < 100 && !(await isUp(port)); tries += 1) await sleep(100);
  url = `http://127.0.0.1:${port}/v1/traces`;
}, 1_000_000);

afterAll(async () => {
  collector?.kill('SIGKILL');
  if (binary !== undefined) await behind.close();
  rmSync(root, { recursive: true, force: true });
});

function exported(index: number): ExportedRecord {
  const now = Date.parse('2026-11-27T12:00:00.000Z') + index;
  const draft = draftOf('policy.outcome', { call: newId(now), intent: newId(now + 1) });
  const record: RecordEnvelope = {
    ...draft,
    schema: 2,
    id: newId(now + 5),
    time: new Date(now + 5).toISOString(),
    monotonicUs: 1,
    writer: 'gateway-1',
    sequence: index,
  };
  return { key: `o#${index}`, origin: 'o', index, record, body: '{}', form: 'record' };
}

/** Spans of requests, whoever wrote them: what they say, in one order. */
function spansIn(requests: readonly string[]): readonly unknown[] {
  return requests
    .flatMap((text) => {
      const { resourceSpans } = parseJson(Buffer.from(text)) as unknown as {
        resourceSpans: { scopeSpans: { spans: { spanId: string }[] }[] }[];
      };
      return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
    })
    .toSorted((a, b) => a.spanId.localeCompare(b.spanId));
}

interface SentLog {
  readonly timeUnixNano: string;
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue: string };
  }[];
}

function logsIn(requests: readonly string[]): readonly SentLog[] {
  return requests.flatMap((text) => {
    const { resourceLogs } = parseJson(Buffer.from(text)) as unknown as {
      resourceLogs: { scopeLogs: { logRecords: SentLog[] }[] }[];
    };
    return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((one) => one.logRecords));
  });
}

const isAsked =
  process.env['BAILIWICK_OTELCOL'] !== undefined || process.env['BAILIWICK_STRANGERS'] === 'all';
if (!isAsked) {
  it('a real collector of OpenTelemetry is for the soak', () => {
    expect(binary).toBeUndefined();
  });
}

const register = isAsked ? describe.runIf(binary !== undefined) : () => undefined;
register('a real collector of OpenTelemetry', () => {
  it('reads every span, and sends on what we said, word for word [AUD-14]', async () => {
    const outbound = createOutbound({ mayReach: () => false, loopback: true });
    const parts = { outbound, secret: async () => '', now: () => 0 };
    const sink = otlpTracesSink({ write: traceRequest }).open({ url, unsampled: false }, parts);
    const batch = Array.from({ length: 50 }, (_, at) => exported(at));
    const answer = await sink.send(batch, new AbortController().signal);
    expect(answer, said).toEqual({ settled: 50, never: [] });
    for (let tries = 0; tries < 100 && spansIn(bodies).length < 100; tries += 1) await sleep(100);
    expect(spansIn(bodies)).toEqual(spansIn([traceRequest(batch, { unsampled: false }) ?? '']));
  });

  it('reads every record as a log, with its key, time and body [SYS-075]', async () => {
    const outbound = createOutbound({ mayReach: () => false, loopback: true });
    const parts = { outbound, secret: async () => '', now: () => 1_790_000_000_000 };
    const place = url.replace('/v1/traces', '/v1/logs');
    const sink = otlpLogsSink.open({ url: place }, parts);
    const batch = Array.from({ length: 50 }, (_, at) => exportedRecord(at));
    const answer = await sink.send(batch, new AbortController().signal);
    expect(answer, said).toEqual({ settled: 50, never: [] });
    for (let tries = 0; tries < 100 && logsIn(logs).length < 50; tries += 1) await sleep(100);
    const told = logsIn(logs).map(({ timeUnixNano, eventName, body, attributes }) => [
      timeUnixNano,
      eventName,
      body.stringValue,
      attributes.find(({ key }) => key === 'bailiwick.key')?.value.stringValue,
    ]);
    const nanos = `${Date.parse(exportedRecord(0).record.time)}000000`;
    expect(told).toEqual(
      batch.map(({ key, body }) => [nanos, 'bailiwick.gateway.noticed', body, key]),
    );
  });

  it('refuses what is no span, and the record alone is given up', async () => {
    const outbound = createOutbound({ mayReach: () => false, loopback: true });
    const parts = { outbound, secret: async () => '', now: () => 0 };
    const write = () => '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"none"}]}]}]}';
    const sink = otlpTracesSink({ write }).open({ url, unsampled: false }, parts);
    const answer = await sink.send([exported(0)], new AbortController().signal);
    expect(answer).toMatchObject({ settled: 1, never: [{ at: 0, why: 'it answers 400' }] });
  });
});
