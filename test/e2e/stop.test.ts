import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;
let release: () => void = () => undefined;

beforeAll(async () => {
  world = await startWorld();
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
    const open = callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'in flight' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await admin('/v1/stops', { target: { kind: 'agent', name: 'worker' }, reason: 'test' });
    let_go();
    const answer = await open;
    expect(answer.told === undefined || answer.told.effect === 'unknown').toBe(true);
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
