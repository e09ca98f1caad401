import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '#kernel/json/index.ts';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { type Instance, startInstance } from './instance.ts';

interface Sink {
  readonly sink: string;
  readonly lag: number;
  readonly logs: readonly { readonly origin: string; readonly sent: number }[];
}
interface Sent {
  readonly id: string;
  readonly data: { readonly type: string };
}

const key = randomBytes(32);
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-exports-'));
const file = join(folder, 'exports.yaml');
const lines = join(folder, 'out', 'records.jsonl');
const sent: Sent[] = [];
const receiver = new HttpReceiver(({ headers, body }) => {
  const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const mac = createHmac('sha256', key).update(text).digest('base64');
  if (headers['webhook-signature'] !== `v1,${mac}`) return { status: 401 };
  sent.push(...(parseJson(Buffer.from(body)) as unknown as Sent[]));
  return { status: 204 };
});
let instance: Instance;

async function start(): Promise<void> {
  const args = ['--exports', file];
  const again = existsSync(join(folder, 'data')) ? { credential: instance.credential } : {};
  instance = await startInstance({ folder, args, ...again });
}

async function sinks(): Promise<readonly Sink[]> {
  const told: Record<string, unknown> = await instance.admin.request('GET', '/v1/audit/exports');
  return told['exports'] as Sink[];
}

/** Reading how far they are makes records, so they never quite stand still. */
async function untilSentTo(count: number): Promise<readonly Sink[]> {
  for (const until = performance.now() + 30_000; performance.now() < until; await sleep(100)) {
    const now = await sinks();
    const all = now.map(({ logs }) => logs.reduce((sum, one) => sum + one.sent, 0));
    if (all.length === 2 && all.every((one) => one >= count)) return now;
  }
  throw new Error(`they did not come to ${count}: ${JSON.stringify(await sinks())}`);
}

const keysInFile = () =>
  readFileSync(lines, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (parseJson(Buffer.from(line)) as { key: string }).key);

/** Of each log from its first record on, without a hole, whatever came twice. */
function expectWhole(keys: readonly string[]): void {
  const places = new Map<string, number[]>();
  for (const one of new Set(keys)) {
    const [origin = '', index] = one.split('#');
    places.set(origin, [...(places.get(origin) ?? []), Number(index)]);
  }
  // Of the gateway and of control; the log that names the logs comes as well, once it was written.
  expect(places.size).toBeGreaterThanOrEqual(2);
  for (const [, indexes] of places) {
    expect(indexes.toSorted((a, b) => a - b)).toEqual(indexes.map((_, at) => at));
  }
}

beforeAll(async () => {
  const url = `${await receiver.open()}/in`;
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `whsec_${key.toString('base64')}\n`, { mode: 0o600 });
  writeFileSync(
    file,
    `sinks:
  - { name: hook, kind: webhook, url: '${url}', secretFile: '${secretFile}' }
  - { name: disk, kind: jsonl, path: '${lines}' }
`,
  );
  await start();
}, 120_000);

afterAll(async () => {
  await instance.stop();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('records on their way elsewhere', () => {
  it('reach each sink whole and in order, while one of them is away too, and over a restart [SYS-075]', async () => {
    await untilSentTo(10);
    receiver.manners = 'away';
    const before = sent.length;
    for (let at = 0; at < 20; at += 1) await sinks();
    // The program ends with records that the hook never heard of, and without a word.
    await instance.stop('SIGKILL');
    receiver.manners = 'well';
    await start();
    await untilSentTo(before + 30);
    expectWhole(sent.map(({ id }) => id));
    expectWhole(keysInFile());
    const changes = sent.filter(({ data }) => data.type === 'export.changed');
    // Once for each sink: the second start changed nothing.
    expect(changes).toHaveLength(2);
  });

  it('are counted for whoever watches, and a file with a mistake stops the start', async () => {
    const metrics = await (await fetch(`${instance.console}/metrics`)).text();
    expect(metrics).toMatch(/^bailiwick_export_lag_records\{sink="hook"\} \d+$/m);
    expect(metrics).toMatch(/^bailiwick_export_failures_total\{sink="disk"\} 0$/m);
    const { credential } = instance;
    await instance.stop();
    writeFileSync(file, readFileSync(file, 'utf8').replace('kind: jsonl', 'kind: json'));
    await expect(startInstance({ folder, args: ['--exports', file], credential })).rejects.toThrow(
      /did you mean `jsonl`/,
    );
  });
});
