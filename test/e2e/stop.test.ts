import { rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCli, until } from './cli.ts';
import type { TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

/** An agent of a tool whose name has both a slash and a dot. */
const filer = `---
kind: Agent
name: filer
spec: { owner: ada@example.com, purpose: reads files, manifest: filing }
---
kind: Manifest
name: filing
spec: { tools: [ { tool: fake/files/read.all }, { tool: fake/echo } ] }
`;

let world: RunningWorld;
let agent: TestAgent;
let release: () => void = () => undefined;

beforeAll(async () => {
  world = await startWorld(filer);
  agent = await world.instance.enrolAgent('worker');
});
afterEach(() => release());
afterAll(async () => {
  await world?.close();
});

const echo = () => callTool(agent.fetch, world.gateway, 'fake.echo', {});
const admin = (path: string, body: unknown) => world.instance.admin.request('POST', path, body);

/** Asks until the answer is a refusal; returns it and how long that took. */
async function firstRefusal(withinMs: number): Promise<{ answer: ToolAnswer; ms: number }> {
  const started = performance.now();
  for (;;) {
    const answer = await echo();
    const ms = performance.now() - started;
    if (answer.told !== undefined) return { answer, ms };
    if (ms > withinMs) throw new Error(`still allowed after ${Math.round(ms)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function untilAllowed(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await echo()).told === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('still refused');
}

const codeOf = async (fetches: TestAgent['fetch'], tool: string) =>
  (await callTool(fetches, world.gateway, tool, {})).told?.code;

const offline = async (...args: string[]) => {
  const place = { home: world.instance.folder, data: world.instance.data };
  const done = await runCli(place, [...args, '--offline', '--reason', 'test', '-o', 'json']);
  return { exit: done.code, ...done.json() } as Record<string, unknown>;
};

describe('the stop', () => {
  it.each([
    { kind: 'agent', name: 'worker' },
    { kind: 'tool', name: 'fake/echo' },
    { kind: 'tool', name: 'fake' },
    { kind: 'tenant', name: 'main' },
    { kind: 'all' },
  ])(
    'of $kind $name is in force within a second, and only a human with a reason releases it [MON-17, OBS-11]',
    async (target) => {
      await admin('/v1/stops', { target, reason: 'test' });
      const { answer } = await firstRefusal(1_000);
      expect(answer.told?.code).toBe('stop/active');
      await expect(admin('/v1/stops/release', { target, reason: '' })).rejects.toMatchObject({
        code: 'api/invalid',
      });
      await admin('/v1/stops/release', { target, reason: 'over' });
      await untilAllowed();
    },
  );

  it('works by a file in the data folder while control does not answer, and whatever the file says [MON-17]', async () => {
    const control = childOf(world.instance.pid, 'control/main.ts');
    process.kill(control, 'SIGSTOP');
    release = () => process.kill(control, 'SIGCONT');
    const file = join(world.instance.data, 'stop');
    writeFileSync(file, 'agent worker\n');
    const { answer } = await firstRefusal(1_000);
    expect(answer.told?.code).toBe('stop/active');
    rmSync(file);
    release();
    release = () => undefined;
    await untilAllowed();
  });

  it('by file names any tool, an instance or an agent, and its release takes out that one only [MON-17]', async () => {
    const files = await world.instance.enrolAgent('filer');
    const active = (tool: string, fetches = files.fetch) =>
      until(
        () => codeOf(fetches, tool),
        (code) => code === 'stop/active',
      );
    expect(await offline('stop', 'tool', 'fake/files/read.all')).toMatchObject({
      exit: 0,
      inFile: 'tool fake/files/read.all',
    });
    await active('fake.files/read.all');
    expect(await codeOf(files.fetch, 'fake.echo')).toBeUndefined();
    expect((await offline('stop', 'instance', agent.identity.instance))['exit']).toBe(0);
    await active('fake.echo', agent.fetch);
    expect(await codeOf(files.fetch, 'fake.echo')).toBeUndefined();
    expect(await offline('release', 'tool', 'fake.files/read.all')).toMatchObject({
      exit: 0,
      inFile: `instance ${agent.identity.instance}`,
    });
    await until(
      () => codeOf(files.fetch, 'fake.files/read.all'),
      (code) => code === undefined,
    );
    expect(await codeOf(agent.fetch, 'fake.echo')).toBe('stop/active');
    expect((await offline('release', 'all'))['exit']).toBe(3);
    await offline('release', 'instance', agent.identity.instance);
    await untilAllowed();
    const acts = await until(byFile, (records) => records.length >= 4);
    const who = { kind: 'human', name: userInfo().username };
    for (const { actors, details } of acts) {
      expect({ actors, details }).toMatchObject({ actors: [who], details: { reason: 'test' } });
    }
    const released = acts.filter(({ type }) => type === 'stop.released');
    expect(released.map(({ details }) => (details as Json)['released'])).toEqual([
      'tool fake/files/read.all',
      `instance ${agent.identity.instance}`,
    ]);
  });

  it('refuses a name that nobody knows, with and without control, unless it is told to [MON-17]', async () => {
    const typo = { kind: 'agent', name: 'wroker' };
    const refused = { code: 'stop/unknown-target', details: { nearest: 'worker' } };
    await expect(admin('/v1/stops', { target: typo, reason: 'test' })).rejects.toMatchObject(
      refused,
    );
    expect(await offline('stop', 'agent', 'wroker')).toMatchObject({ exit: 3, ...refused });
    expect(await codeOf(agent.fetch, 'fake.echo')).toBeUndefined();
    await admin('/v1/stops', { target: typo, reason: 'test', force: true });
    await admin('/v1/stops/release', { target: typo, reason: 'test' });
  });

  it('is assumed by every gateway that cannot confirm, within the stop lease, when control is frozen [MON-17, POL-01]', async () => {
    const control = childOf(world.instance.pid, 'control/main.ts');
    process.kill(control, 'SIGSTOP');
    release = () => process.kill(control, 'SIGCONT');
    const { answer, ms } = await firstRefusal(6_500);
    expect(answer.status).toBe(503);
    expect(answer.told?.code).toBe('stop/unconfirmed');
    // Until then calls that need nothing from control went on.
    expect(ms).toBeGreaterThan(1_000);
    release();
    release = () => undefined;
    await untilAllowed();
  });

  it('lets a call in flight end with its effect known, or cuts it as unknown [AUD-05]', async () => {
    const let_go = world.upstream.hold();
    const seen = world.upstream.calls().length;
    const open = callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'in flight' });
    while (world.upstream.calls().length === seen)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await admin('/v1/stops', { target: { kind: 'agent', name: 'worker' }, reason: 'test' });
    let_go();
    const answer = await open;
    // Told before the stop was in force, or not at all: then what is known of it is said.
    if (answer.told !== undefined) {
      expect(answer.told.code).toBe('stop/active');
      expect(['done', 'unknown']).toContain(answer.told.effect);
    }
    await admin('/v1/stops/release', { target: { kind: 'agent', name: 'worker' }, reason: 'over' });
    await untilAllowed();
  });

  it('records a call whose caller went away after dispatch as unknown [AUD-05]', async () => {
    const let_go = world.upstream.hold();
    const aborter = new AbortController();
    const seen = world.upstream.calls().length;
    const open = callTool(
      agent.fetch,
      world.gateway,
      'fake.echo',
      { text: 'gone' },
      { signal: aborter.signal },
    );
    while (world.upstream.calls().length === seen)
      await new Promise((resolve) => setTimeout(resolve, 10));
    aborter.abort();
    await expect(open).rejects.toThrow();
    // The server answers only afterwards: whether it did anything cannot be known before.
    const effects = await outcomeEffects();
    let_go();
    expect(effects).toContain('unknown');
  });
});

type Json = Record<string, unknown>;

/** What was done by the stop file in the name of somebody, as it is on record. */
async function byFile(): Promise<Json[]> {
  const found: Json[] = [];
  for (const type of ['stop.set', 'stop.released']) {
    const answer: Json = await world.instance.admin.request('GET', `/v1/records?type=${type}`);
    found.push(...(answer['records'] as { record: Json }[]).map(({ record }) => record));
  }
  return found.filter(({ details }) => {
    const { channel, reason } = details as Json;
    return channel === 'stop-file' && reason !== '';
  });
}

async function outcomeEffects(): Promise<unknown[]> {
  for (let tries = 0; tries < 40; tries += 1) {
    const found: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/records?type=policy.outcome&agent=worker&limit=3',
    );
    const effects = (found['records'] as { record: Record<string, unknown> }[]).map(
      ({ record }) => record['effect'],
    );
    if (effects.includes('unknown')) return effects;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
}
