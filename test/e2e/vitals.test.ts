import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary } from './cases.ts';
import { askedByDashboards } from '../dashboards.ts';
import { childOf } from './processes.ts';
import { parseExposition, type Sample } from './exposition.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;

type Json = Record<string, unknown>;

beforeAll(async () => {
  world = await startWorld();
  agent = await world.instance.enrolAgent('worker');
}, 90_000);

afterAll(() => world?.close());

const get = (path: string, init?: RequestInit) =>
  fetch(new URL(path, world.instance.console), init);

/** What is told is a second old at most, and gateways say it with their pings. */
async function scrape(): Promise<readonly Sample[]> {
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await response.text());
}

const sum = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
) =>
  samples
    .filter((one) => one.name === `bailiwick_${name}`)
    .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .reduce((all, one) => all + one.value, 0);

async function until(holds: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]> {
  for (let tries = 0; ; tries += 1) {
    const samples = await scrape();
    if (holds(samples)) return samples;
    if (tries > 1_000) throw new Error(`it did not come true: ${JSON.stringify(samples)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The line of the status that counts gateways, and what `/readyz` says at the same time. */
async function readiness(): Promise<{ status: number; red: unknown; item: Json | undefined }> {
  const [response, told] = await Promise.all([
    get('/readyz'),
    world.instance.admin.request('GET', '/v1/status'),
  ]);
  const items = (told as Json)['readiness'] as Json[];
  const { red } = (await response.json()) as Json;
  return { status: response.status, red, item: items.find(({ item }) => item === 'gateways') };
}

describe('what is told to whoever watches from outside', () => {
  it('counts calls by what became of them, refusals by room and how long they took, while calls run', async () => {
    const before = await scrape();
    const calls = Array.from({ length: 40 }, (_unused, at) =>
      callTool(agent.fetch, world.gateway, at % 4 === 0 ? 'fake.nobody' : 'fake.echo', {}),
    );
    await Promise.all([...calls, scrape(), scrape()]);
    const more = (samples: readonly Sample[], name: string, labels = {}) =>
      sum(samples, name, labels) - sum(before, name, labels);
    const after = await until((now) => more(now, 'calls_total', { outcome: 'result' }) >= 30);
    expect(more(after, 'calls_total', { outcome: 'result' })).toBe(30);
    // Beside them those that were told the nonce which their proof needs.
    const refused = more(after, 'calls_total', { outcome: 'refused' });
    expect(refused).toBe(more(after, 'refusals_total'));
    expect(more(after, 'refusals_total', { room: 'resolve' })).toBe(10);
    expect(more(after, 'call_duration_seconds_count')).toBe(more(after, 'calls_total'));
    const { version } = JSON.parse(
      JSON.stringify(await world.instance.admin.request('GET', '/v1/status')),
    ) as Json;
    expect(sum(after, 'build_info', { version: String(version) })).toBe(1);
    expect([sum(after, 'ready'), sum(after, 'gateways_serving'), sum(after, 'gateway_up')]).toEqual(
      [1, 1, 1],
    );
    expect([sum(after, 'tool_servers'), sum(after, 'tool_servers', { state: 'failed' })]).toEqual([
      1, 0,
    ]);
    // Nothing waits also before the gateway told of its last records.
    const settled = await until(
      (now) => sum(now, 'log_lag_records') === 0 && sum(now, 'log_records_total') > 60,
    );
    expect(sum(settled, 'open_calls')).toBe(0);
  });

  it('has every metric that a dashboard of ours asks for, with its labels [OBS-01]', async () => {
    const samples = await until((now) => sum(now, 'refusals_total') > 0);
    for (const { panel, metrics, labels } of askedByDashboards()) {
      for (const metric of metrics) {
        const told = samples.filter(({ name }) => name === metric);
        expect(told.length, `${panel}: ${metric}`).toBeGreaterThan(0);
        const has = new Set(told.flatMap((one) => Object.keys(one.labels)));
        for (const label of labels) expect([...has], `${panel}: ${metric}`).toContain(label);
      }
    }
  });

  it('counts what waits for a human', async () => {
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'ann', amount: 12 });
    expect(held.told?.code).toBe('approvals/pending');
    const now = await until((samples) => sum(samples, 'approvals_waiting') === 1);
    expect(sum(now, 'calls_total', { outcome: 'held' })).toBe(1);
  });

  it('needs no credential, names nobody, and stays as large as it is', async () => {
    const [alive, text] = await Promise.all([
      get('/healthz'),
      get('/metrics').then((r) => r.text()),
    ]);
    expect([alive.status, await alive.json()]).toEqual([200, { alive: true }]);
    for (const secret of [canary, 'worker', 'ada', 'fake', agent.identity.instance]) {
      expect(text).not.toContain(secret);
    }
    for (let at = 0; at < 20; at += 1) {
      await callTool(agent.fetch, world.gateway, `fake.made-up-${at}`, {});
    }
    const labels = (samples: readonly Sample[]) =>
      samples.map(({ name, labels: of }) => [name, of]);
    const later = await until((now) => sum(now, 'refusals_total') >= 30);
    expect(labels(later)).toEqual(labels(parseExposition(text)));
  });

  it('is told to nobody by another name of this host, and only when it is asked for', async () => {
    const strange = await get('/metrics', { method: 'POST' });
    expect(strange.status).toBe(404);
    const { hostname, port } = new URL(world.instance.console);
    const foreign = await fetch(`http://localhost.evil.test:${port}/metrics`).catch(
      () => undefined,
    );
    expect([hostname, foreign]).toEqual(['127.0.0.1', undefined]);
    const otherOrigin = await get('/metrics', { headers: { origin: 'https://evil.test' } });
    expect(otherOrigin.status).toBe(403);
  });

  it('is not ready exactly while status is red over it: no gateway serves, and then one does again', async () => {
    expect(await readiness()).toMatchObject({ status: 200, red: [], item: { state: 'green' } });
    process.kill(childOf(world.instance.pid, 'gateway/main.ts'), 'SIGSTOP');
    const deadline = Date.now() + 40_000;
    let seen = await readiness();
    while (seen.status === 200 && Date.now() < deadline) seen = await readiness();
    expect(seen).toMatchObject({ status: 503, red: ['gateways'], item: { state: 'red' } });
    expect(seen.item?.['why']).toBe('0 of 1 serve');
    while (seen.status !== 200 && Date.now() < deadline + 40_000) seen = await readiness();
    expect(seen).toMatchObject({ status: 200, red: [] });
  }, 120_000);
});
