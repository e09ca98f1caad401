import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileKeyring } from '../../src/adapters/keyring/file/index.ts';
import { openLogReaders } from '#storage/tiles/index.ts';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { runCli } from './cli.ts';
import { pause } from './crash-load.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

type Json = Record<string, unknown>;
let world: RunningWorld;
let agent: TestAgent;
let restored: Instance | undefined;
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-running-'));
beforeAll(async () => {
  world = await startWorld();
  agent = await world.instance.enrolAgent('worker');
}, 60_000);
afterAll(async () => {
  await restored?.remove();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...parts: string[]): string => join(folder, ...parts);
const cli = (data: string, args: readonly string[]) =>
  runCli({ home: world.instance.folder, data }, [...args, '-o', 'json']);

/** Calls, one after the other, until it is told to end; answers how many were answered. */
function calling() {
  const load = { answered: 0, isOver: false };
  const one = async (): Promise<void> => {
    while (!load.isOver) {
      const { told } = await callTool(agent.fetch, world.gateway, 'fake.echo', {});
      expect(told?.code).toBeUndefined();
      load.answered += 1;
      await pause(5);
    }
  };
  return { load, done: Promise.all([one(), one()]) };
}

async function outcomesIn(data: string, keys: string): Promise<number> {
  const { publicKey } = await (await createFileKeyring({ folder: keys })).signer('log');
  const records = openLogReaders(join(data, 'log'), publicKey).flatMap(({ reader }) =>
    Array.from({ length: reader.head()?.size ?? 0 }, (_, at) =>
      Buffer.from(reader.entry(at)).toString(),
    ),
  );
  return records.filter((record) => record.includes('"policy.outcome"')).length;
}

const takenType = 'log.backup-taken';

describe('a backup of an instance that runs under calls', () => {
  it('is one cut, killed in the middle leaves no file, and holds up no call [DAT-02]', async () => {
    const { load, done } = calling();
    await expect.poll(() => load.answered, { timeout: 30_000 }).toBeGreaterThan(20);
    const main = new URL('../../src/programs/backup/main.ts', import.meta.url);
    const asked = {
      verb: 'take',
      data: world.instance.data,
      keys: world.instance.keys,
      file: at('killed.tar'),
    };
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main.pathname],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    const ended = once(child, 'exit');
    child.stdin.end(JSON.stringify(asked));
    await expect.poll(() => readdirSync(folder).length, { timeout: 30_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await ended;
    // It may have been done by then; half of it never has the name.
    const before = load.answered;
    const taken = await cli(world.instance.data, ['backup', 'take', at('b.tar')]);
    expect(taken).toMatchObject({ code: 0 });
    const { vkey, running } = JSON.parse(taken.stdout) as Json;
    expect(running).toBe(true);
    expect(load.answered).toBeGreaterThan(before);
    load.isOver = true;
    await done;
    const verify = ['backup', 'verify', at('b.tar'), '--key', String(vkey)];
    expect(await cli(world.instance.data, verify)).toMatchObject({ code: 0 });
    if (existsSync(at('killed.tar'))) {
      verify[2] = at('killed.tar');
      expect(await cli(world.instance.data, verify)).toMatchObject({ code: 0 });
    }
    const { records }: Json = await world.instance.admin.request(
      'GET',
      `/v1/records?type=${takenType}`,
    );
    expect((records as Json[]).length).toBeGreaterThanOrEqual(1);
    mkdirSync(at('home'));
    // A copy, so that the world goes on under its own.
    execFileSync('cp', ['-a', world.instance.keys, at('home', 'keys')]);
    const asks = ['restore', at('b.tar'), '--keys', at('home', 'keys'), '--reason', 'a fire'];
    expect(await cli(at('home', 'data'), asks)).toMatchObject({ code: 0 });
    expect(verifyLogs(at('home', 'data', 'log')).status).toBe('consistent');
    // Whatever was answered before it was asked for is in it.
    expect(await outcomesIn(at('home', 'data'), at('home', 'keys'))).toBeGreaterThanOrEqual(before);
    expect(existsSync(at('home', 'data', 'journal'))).toBe(false);
  }, 180_000);

  it('is restored: stopped, and under origins that name their predecessors', async () => {
    const { credential } = world.instance;
    restored = await startInstance({ folder: at('home'), credential });
    const { entries }: Json = await restored.admin.request('GET', '/v1/stops');
    expect((entries as Json[]).map(({ target }) => target)).toContainEqual({ kind: 'all' });
    const opened = async () => {
      const { records }: Json = await restored!.admin.request(
        'GET',
        '/v1/records?type=log.opened&limit=50',
      );
      const found = (records as Json[]).map(({ record }) => (record as Json)['details'] as Json);
      return found.filter(({ why }) => why === 'begun-anew').length;
    };
    await expect.poll(opened, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  }, 120_000);
});
