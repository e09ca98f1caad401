import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#contracts/store-under-test.suite.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { systemClock } from '#kernel/time.ts';
import { newIdentity } from '../../src/storage/backup/age-header.ts';
import { readKeptHeads } from '../../src/cli/audit/kept-heads.ts';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { createControlClient } from '../../sdk/index.ts';
import { runCli } from './cli.ts';
import { filesHolding } from './files.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;
let instance: Instance;
const { identity, recipient } = newIdentity();
beforeAll(async () => {
  instance = await startInstance();
  writeFileSync(at('backup.key'), `# of this test\n${identity}\n`, { mode: 0o600 });
}, 60_000);
afterAll(async () => {
  await instance.remove();
});

const at = (...parts: string[]): string => join(instance.folder, ...parts);
const cli = (args: readonly string[]) =>
  runCli({ home: instance.folder, data: instance.data }, [...args, '-o', 'json']);
let token = '';
const asProgram = () =>
  createControlClient({ url: instance.console, credential: token }).request('GET', '/v1/status');
const told = (stdout: string): Json => JSON.parse(stdout) as Json;

describe('a backup of an instance', () => {
  it('is one sealed file that is verified by the public key alone [DAT-02]', async () => {
    const odd = { target: { kind: 'all' }, reason: 'before the backup' };
    await instance.admin.request('POST', '/v1/stops', odd);
    const made: Json = await instance.admin.request('POST', '/v1/api-tokens', {
      name: 'job',
      roles: ['auditor'],
      forSeconds: 3_600,
    });
    token = String(made['secret']);
    expect(await asProgram()).toBeDefined();
    expect(await instance.stop()).toBe(0);
    const taken = await cli(['backup', 'take', at('b.age'), '--recipient', recipient]);
    expect(taken).toMatchObject({ code: 0 });
    const key = String(told(taken.stdout)['vkey']);
    const own = ['backup', 'verify', at('b.age'), '--identity', at('backup.key')];
    expect(await cli([...own, '--key', key])).toMatchObject({ code: 0 });
    const bytes = readFileSync(at('b.age'));
    expect(filesHolding(at('keys'), [bytes.subarray(0, 32)])).toEqual([]);
    expect(bytes.includes('before the backup')).toBe(false);
  }, 60_000);

  it('is restored into an empty folder: stopped, red, void, under origins that name their predecessors [DAT-02]', async () => {
    const { folder, credential } = instance;
    instance = await startInstance({ folder, credential });
    const later = { target: { kind: 'tenant', name: 'main' }, reason: 'after the backup' };
    await instance.admin.request('POST', '/v1/stops', later);
    expect(await instance.stop()).toBe(0);
    const asked = ['restore', at('b.age'), '--identity', at('backup.key'), '--reason', 'a fire'];
    const full = await cli(asked);
    expect(full.code).toBe(3);
    expect(full.stdout + full.stderr).toContain('backup/not-empty');
    renameSync(instance.data, at('lost'));
    const restored = await cli(asked);
    expect(restored).toMatchObject({ code: 0 });
    const lost = told(restored.stdout)['lost'] as Json[];
    expect(lost.map(({ origin }) => origin)).toContain('bailiwick.local/main/standard/control-1');
    expect(verifyLogs(join(instance.data, 'log')).status).toBe('consistent');
    instance = await startInstance({ folder, credential });
    const status: Json = await instance.admin.request('GET', '/v1/status');
    const ratchet = (status['readiness'] as Json[]).find(({ item }) => item === 'ratchet');
    expect(ratchet).toMatchObject({ state: 'red' });
    const { entries }: Json = await instance.admin.request('GET', '/v1/stops');
    const reasons = (entries as Json[]).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['after the backup']));
    await expect(asProgram()).rejects.toThrow();
    await eventually(async () => {
      const { records }: Json = await instance.admin.request(
        'GET',
        '/v1/records?type=identity.api-token-revoked',
      );
      return (records as Json[]).length === 1;
    });
    await eventually(async () => {
      const { records }: Json = await instance.admin.request(
        'GET',
        '/v1/records?type=log.opened&limit=50',
      );
      const details = (records as Json[]).map(({ record }) => (record as Json)['details'] as Json);
      return details.filter(({ why }) => why === 'begun-anew').length >= 2;
    });
  }, 120_000);
});

describe('a restore', () => {
  it('voids what was in the backup also where its mark was taken out of the data, and nothing that came later [DAT-02]', async () => {
    const { folder, credential } = instance;
    expect(await instance.stop()).toBe(0);
    rmSync(instance.data, { recursive: true });
    const asked = ['restore', at('b.age'), '--identity', at('backup.key'), '--reason', 'a flood'];
    expect(await cli(asked)).toMatchObject({ code: 0 });
    rmSync(join(instance.data, 'restored'));
    instance = await startInstance({ folder, credential });
    await expect(asProgram()).rejects.toThrow();
    const made: Json = await instance.admin.request('POST', '/v1/api-tokens', {
      name: 'job',
      roles: ['auditor'],
      forSeconds: 3_600,
    });
    token = String(made['secret']);
    expect(await instance.stop()).toBe(0);
    instance = await startInstance({ folder, credential });
    expect(await asProgram()).toBeDefined();
  }, 120_000);

  it('that is killed leaves no data folder, and the next one succeeds', async () => {
    expect(await instance.stop()).toBe(0);
    rmSync(instance.data, { recursive: true });
    const main = new URL('../../src/programs/backup/main.ts', import.meta.url);
    const open = { kind: 'identity', identity };
    const asked = {
      verb: 'restore',
      file: at('b.age'),
      data: instance.data,
      keys: instance.keys,
      reason: 'x',
      open,
    };
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main.pathname],
      { stdio: ['pipe', 'ignore', 'ignore'] },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end(JSON.stringify(asked));
    // From its first file on, whenever that is; one that was done by then is whole.
    await eventually(
      async () => existsSync(`${instance.data}.restoring`) || existsSync(instance.data),
    );
    child.kill('SIGKILL');
    await ended;
    const wasDone = existsSync(instance.data);
    if (wasDone) expect(readdirSync(instance.data)).toContain('store');
    else
      expect(
        (await cli(['restore', at('b.age'), '--identity', at('backup.key'), '--reason', 'x'])).code,
      ).toBe(0);
    const store = await openSqliteStore({
      folder: join(instance.data, 'store'),
      clock: systemClock,
    });
    expect(await store.people.list('main')).toMatchObject([{ name: 'ada' }]);
    await store.close();
    expect(readKeptHeads(join(instance.keys, 'ratchet')).length).toBeGreaterThan(0);
  }, 60_000);
});
