import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listLogs } from '#storage/tiles/index.ts';
import { eventually } from '#contracts/store-under-test.suite.ts';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { type Instance, startInstance } from './instance.ts';
import { childOf, runningChildOf } from './processes.ts';

type Json = Record<string, unknown>;
const everything = { target: { kind: 'all' }, reason: 'a restore that we made' };

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
}, 60_000);
afterAll(async () => {
  await instance.remove();
});

const data = (...parts: string[]) => join(instance.data, ...parts);

/** Ends, changes what is on disk, and starts again. */
async function whileDown(work: () => void): Promise<void> {
  const { folder, credential } = instance;
  expect(await instance.stop()).toBe(0);
  work();
  instance = await startInstance({ folder, credential });
}

/** Not cpSync: it forgets the modes of folders. */
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to]);

const ratchetItem = () => readinessOf('ratchet');

async function readinessOf(name: string): Promise<Json | undefined> {
  // Control may be starting again: its own log began anew too.
  const status: Json = await instance.admin.request('GET', '/v1/status').catch(() => ({}));
  return (status['readiness'] as Json[] | undefined)?.find(({ item }) => item === name);
}

async function stops(): Promise<readonly Json[]> {
  const { entries }: Json = await instance.admin.request('GET', '/v1/stops');
  return entries as Json[];
}

async function newest(type: string): Promise<Json> {
  const { records }: Json = await instance.admin.request(
    'GET',
    `/v1/records?type=${type}&limit=50`,
  );
  const found = (records as Json[]).map(({ record }) => record as Json);
  const gateways = found.filter(({ writer }) => writer === 'gateway-1');
  return gateways.at(-1) ?? {};
}

async function release(): Promise<void> {
  await instance.admin.request('POST', '/v1/stops/release', everything);
  await eventually(async () => (await ratchetItem())?.['state'] === 'green');
}

describe('a data folder that was put back', () => {
  it('starts stopped, red, under new origins that name what they succeed, until a person releases it', async () => {
    expect(await ratchetItem()).toMatchObject({ state: 'green' });
    expect(await newest('log.opened')).toMatchObject({
      details: { origin: 'bailiwick.local/main/standard/gateway-1' },
    });
    await whileDown(() => copy(data(), `${data()}-older`));
    const odd = { target: { kind: 'tenant', name: 'main' }, reason: 'odd' };
    await instance.admin.request('POST', '/v1/stops', odd);
    await whileDown(() => {
      rmSync(data(), { recursive: true });
      copy(`${data()}-older`, data());
    });
    expect(await ratchetItem()).toMatchObject({ state: 'red' });
    // And what was stopped since is stopped again.
    expect(await stops()).toHaveLength(2);
    expect(await stops()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ target: { kind: 'all' }, by: 'system/ratchet' }),
        expect.objectContaining({
          target: expect.objectContaining({ kind: 'tenant' }),
          reason: 'odd',
        }),
      ]),
    );
    expect(await readinessOf('stops')).toMatchObject({ state: 'red' });
    const opened = await newest('log.opened');
    expect(opened).toMatchObject({
      details: {
        why: 'log-behind',
        predecessors: [{ origin: 'bailiwick.local/main/standard/gateway-1' }],
      },
    });
    await release();
    await instance.admin.request('POST', '/v1/stops/release', odd);
    expect(await stops()).toEqual([]);
    expect(verifyLogs(data('log')).status).toBe('consistent');
  }, 120_000);

  it('stays released over a restart that changes nothing', async () => {
    await whileDown(() => undefined);
    expect(await ratchetItem()).toMatchObject({ state: 'green' });
    expect(await stops()).toEqual([]);
  }, 60_000);
});

describe('a log that is taken away', () => {
  it('while everything runs: the gateway comes back under another origin, and everything is stopped', async () => {
    rmSync(data('log'), { recursive: true });
    const victim = childOf(instance.pid, 'gateway/main.ts');
    process.kill(victim, 'SIGKILL');
    await eventually(async () => (await ratchetItem())?.['state'] === 'red');
    const back = () =>
      ![undefined, victim].includes(runningChildOf(instance.pid, 'gateway/main.ts'));
    await eventually(back);
    expect(await stops()).toMatchObject([{ by: 'system/ratchet' }]);
  }, 120_000);
});

describe('a writer-state that is lost', () => {
  it('is made anew from tiles and journal, on record, and nothing is stopped', async () => {
    await whileDown(() => undefined);
    await release();
    await whileDown(() => {
      for (const { tenant, retention, writer } of listLogs(data('log'))) {
        rmSync(data('log', tenant, retention, writer, 'writer-state'));
      }
    });
    expect(await ratchetItem()).toMatchObject({ state: 'green' });
    // It is read where it is signed for, a moment later.
    await eventually(async () => {
      const { details } = (await newest('log.recovered')) as { details?: Json };
      return Array.isArray(details?.['stateRebuilt']);
    });
    // The logs that were taken away above stay missed; all that are here hold.
    const { logs } = verifyLogs(data('log'));
    const gone = logs.filter(({ message }) => /the log is gone/u.test(message as string));
    const here = logs.filter((one) => !gone.includes(one));
    expect(here.length).toBeGreaterThan(1);
    expect(here.map(({ status }) => status)).toEqual(here.map(() => 'consistent'));
  }, 120_000);
});

describe('a gateway that nothing but a person can mend', () => {
  it('is not started again and again: up and status say why, and control goes on', async () => {
    const victim = childOf(instance.pid, 'gateway/main.ts');
    writeFileSync(join(instance.keys, 'ratchet', 'gateway-1.ratchet'), 'damaged');
    const segments = () => readdirSync(data('journal', 'gateway-1')).length;
    const before = segments();
    process.kill(victim, 'SIGKILL');
    await eventually(() => instance.output().includes('it is not started again'));
    expect(instance.output()).toContain('store/keys-unreadable');
    await eventually(async () => (await readinessOf('gateway'))?.['state'] === 'red');
    expect(runningChildOf(instance.pid, 'gateway/main.ts')).toBeUndefined();
    expect(segments()).toBe(before);
  }, 60_000);
});
