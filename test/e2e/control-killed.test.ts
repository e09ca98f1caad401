import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { until } from './cli.ts';
import { pause } from './crash-load.ts';
import type { TestAgent } from './instance.ts';
import { childOf, lives, runningChildOf } from './processes.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const program = 'control/main.ts';

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  world = await startWorld();
  agent = await world.instance.enrolAgent('worker');
});
afterAll(async () => {
  await world?.close();
});

interface Answered {
  /** When it was asked, counted from the kill. */
  readonly at: number;
  readonly code: string | undefined;
}

/** Reads, one after the other, until it is told to end. */
function reading(since: () => number): { readonly answers: Answered[]; end(): Promise<void> } {
  const answers: Answered[] = [];
  const aborter = new AbortController();
  const one = async (): Promise<void> => {
    while (!aborter.signal.aborted) {
      const at = since();
      const { told } = await callTool(agent.fetch, world.gateway, 'fake.echo', {});
      answers.push({ at, code: told?.code });
      await pause(5);
    }
  };
  const all = Promise.all([one(), one()]);
  return {
    answers,
    async end() {
      aborter.abort();
      await all;
    },
  };
}

describe('a gateway whose control is killed', () => {
  it('goes on with reads until the stop lease runs out, so that control may come back meanwhile [MON-17, EXE-09]', async () => {
    let killedAt = Number.POSITIVE_INFINITY;
    const load = reading(() => performance.now() - killedAt);
    while (load.answers.length < 20) await pause(10);
    expect(load.answers.filter(({ code }) => code !== undefined)).toEqual([]);
    const pid = childOf(world.instance.pid, program);
    killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    while ([undefined, pid].includes(runningChildOf(world.instance.pid, program))) await pause(10);
    await backAgain();
    const backAt = performance.now() - killedAt;
    await pause(1_000);
    await load.end();
    const away = load.answers.filter(({ at }) => at > 0 && at < backAt);
    expect(away.length).toBeGreaterThan(0);
    // The lease counts from the last answered ping, which may be one heartbeat old.
    const surely = limits.stopLeaseMs - 3 * limits.heartbeatMs;
    expect(away.filter(({ at, code }) => at < surely && code !== undefined)).toEqual([]);
    if (backAt > surely) return;
    expect(load.answers.filter(({ code }) => code !== undefined)).toEqual([]);
  });

  it('refuses what needs the store, with a code that says so', async () => {
    const pid = childOf(world.instance.pid, program);
    process.kill(pid, 'SIGKILL');
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'bob', amount: 5 });
    expect(held.told?.code).toMatch(
      /^(approvals|store|semantic)\/(unavailable|label-unavailable)$/,
    );
    await backAgain();
  });
});

describe('an act that is asked for by a key', () => {
  const ask = async (about: string) => {
    const response = await fetch(`${world.instance.console}/v1/annotations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.instance.credential}`,
        'content-type': 'application/json',
        'idempotency-key': '0199c0de-0000-7000-8000-000000000001',
      },
      body: JSON.stringify({ about, note: 'looked at', withdraw: false }),
    });
    const body = (await response.json()) as { readonly id?: string; readonly code?: string };
    return { status: response.status, ...body };
  };
  const told = async (path: string, list: string) => {
    const answer = await world.instance.admin.request('GET', path);
    return answer[list] as readonly { readonly id: string; readonly record: { id: string } }[];
  };

  it('is done once by two who ask at a time, and by whoever asks again after control was killed', async () => {
    const [task] = await told('/v1/tasks?agent=worker', 'tasks');
    const about = task?.id ?? '';
    const both = await Promise.all([ask(about), ask(about)]);
    expect(both).toContainEqual(expect.objectContaining({ status: 200 }));
    const done = both.find(({ status }) => status === 200);
    for (const other of both) {
      if (other.status === 200) expect(other).toEqual(done);
      else expect(other).toMatchObject({ status: 409, code: 'api/idempotency-running' });
    }
    process.kill(childOf(world.instance.pid, program), 'SIGKILL');
    await backAgain();
    expect(await ask(about)).toEqual(done);
    const noted = async () =>
      (await told('/v1/records?type=log.annotated', 'records')).map(({ record }) => record.id);
    await expect.poll(noted, { timeout: 20_000 }).toEqual([done?.id]);
  });
});

describe('a gateway that stands still', () => {
  it('is ended and started again, and serves', async () => {
    const file = 'gateway/main.ts';
    const pid = childOf(world.instance.pid, file);
    process.kill(pid, 'SIGSTOP');
    while ([undefined, pid].includes(runningChildOf(world.instance.pid, file))) await pause(50);
    const code = async () =>
      callTool(agent.fetch, world.gateway, 'fake.echo', {}).then(
        ({ told }) => told?.code,
        () => 'not yet',
      );
    await until(code, (told) => told === undefined);
    expect(lives(pid)).toBe(false);
  }, 90_000);
});

async function backAgain(): Promise<void> {
  for (;;) {
    const answer = await world.instance.admin.request('GET', '/v1/status').catch(() => undefined);
    if (answer !== undefined) return;
    await pause(20);
  }
}
