import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { readSavedHeads } from '../../src/cli/audit/saved-heads.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;
const cli = join(import.meta.dirname, '../../src/cli/main.ts');
const verifier = join(import.meta.dirname, '../../verifier/verify.mjs');
const quiet = '--disable-warning=ExperimentalWarning';

let folder = '';
let instance: Instance | undefined;
let auditor: Auditor | undefined;

interface Auditor {
  readonly vkey: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** `bailiwick witness serve`, as it runs on a machine of its own: with its folder and nothing else. */
async function startAuditor(key: string, port = 0): Promise<Auditor> {
  const words = ['witness', 'serve', '--name', 'auditor.example/w1', '--all-logs-of', key];
  const place = ['--state', join(folder, 'auditor'), '--listen', `127.0.0.1:${port}`, '-o', 'json'];
  const child = spawn(process.execPath, [quiet, cli, ...words, ...place], {
    env: { HOME: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  const ready = parseJson(Buffer.from(line));
  if (!isJsonObject(ready)) throw new Error(line);
  return {
    vkey: textOf(ready['vkey']),
    url: textOf(ready['url']),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const data = (...parts: string[]) => join(folder, 'data', ...parts);
const keys = (...parts: string[]) => join(folder, 'keys', ...parts);
const policy = () => join(folder, 'witnesses');
const archive = () => join(folder, 'archive');
const ownKey = () => readFileSync(data('log/main/standard/control-1/vkey'), 'utf8').trim();

async function start(): Promise<Instance> {
  const credential = instance?.credential;
  mkdirSync(archive(), { recursive: true });
  const args = ['--witnesses', policy(), '--archive', archive()];
  instance = await startInstance({
    folder,
    args,
    ...(credential === undefined ? {} : { credential }),
  });
  return instance;
}

function codeOf(words: readonly string[]): number {
  try {
    execFileSync(process.execPath, words, { env: { HOME: folder }, stdio: 'pipe' });
    return 0;
  } catch (fault) {
    return (fault as { status: number }).status;
  }
}

/** Not cpSync: it forgets the modes of folders. */
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to]);

async function itemOf(name: string): Promise<Json | undefined> {
  const status: Json = await (instance?.admin.request('GET', '/v1/status') ?? Promise.resolve({}));
  return (status['readiness'] as Json[] | undefined)?.find(({ item }) => item === name);
}

const witnessItem = () => itemOf('witness');

/** Witnesses are asked every few seconds, and a busy machine takes its time. */
async function eventually(look: () => Promise<boolean> | boolean): Promise<void> {
  const until = performance.now() + 15 * limits.witnessEveryMs;
  while (!(await look())) {
    if (performance.now() > until) throw new Error('it did not come to that');
    await sleep(100);
  }
}

const isWitnessed = async () =>
  textOf((await witnessItem())?.['why']).startsWith('witnessed by w1');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-witness-'));
  // The key of the logs is made at the first start; the auditor has to know it.
  const first = await startInstance({ folder });
  const { credential } = first;
  await eventually(() => existsSync(data('log/main/standard/control-1/vkey')));
  await first.stop();
  auditor = await startAuditor(ownKey());
  writeFileSync(policy(), `witness w1 ${auditor.vkey} ${auditor.url}\nquorum w1\n`);
  instance = { ...first, credential };
  await start();
}, 120_000);

afterAll(async () => {
  await instance?.stop();
  await auditor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('an auditor with a machine of their own', () => {
  it('remembers the logs of a running installation, which says to where', async () => {
    await eventually(isWitnessed);
    expect(await witnessItem()).toMatchObject({ state: 'green' });
    const saved = readSavedHeads(join(folder, 'auditor', 'cosigned.log'));
    const origins = saved.map(({ origin }) => origin);
    expect(origins).toContain('bailiwick.local/main/standard/control-1');
    expect(origins).toContain('bailiwick.local/main/standard/gateway-1');
  }, 60_000);

  it('verifies a copy with two public keys, by our program and by the one that stands alone [AUD-03]', async () => {
    const key = ownKey();
    await eventually(isWitnessed);
    const witness = auditor?.vkey ?? '';
    copy(data('log'), join(folder, 'copy'));
    const checked = verifyLogs(join(folder, 'copy'), { keys: [key], witnesses: [witness] });
    expect(checked.logs).toMatchObject(
      checked.logs.map(() => ({ witnessedTo: expect.any(Number) as number })),
    );
    expect(['witnessed', 'consistent']).toContain(checked.status);
    const words = [verifier, join(folder, 'copy'), '--key', key, '--witness', witness];
    expect(codeOf(words)).toBe(checked.status === 'witnessed' ? 0 : 2);
  }, 60_000);

  it('verifies the archive that the installation keeps elsewhere, from itself alone [AUD-06]', async () => {
    // Its very first run may end before there is a directory of the logs.
    const directory = () => join(archive(), 'main/directory/control-1/checkpoints');
    await eventually(
      async () => existsSync(directory()) && (await itemOf('archive'))?.['state'] === 'green',
    );
    copy(archive(), join(folder, 'archive-copy'));
    const words = ['--witness', auditor?.vkey ?? '', '--key', ownKey()];
    const own = ['audit', 'verify', '--archive', join(folder, 'archive-copy'), ...words];
    const both = [
      [verifier, join(folder, 'archive-copy'), ...words],
      [quiet, cli, ...own],
    ].map(codeOf);
    // Whether witnesses had seen its end when it was put there is a matter of seconds.
    expect([0, 2]).toContain(both[0]);
    expect(both[1]).toBe(both[0]);
    const heads = join(folder, 'archive-copy/main/standard/control-1/checkpoints');
    for (const name of readdirSync(heads)) rmSync(join(heads, name));
    expect(codeOf([quiet, cli, ...own])).toBe(1);
  }, 60_000);

  it('stops a start over data and keys that were put back together, until the operator begins anew [AUD-03]', async () => {
    await instance?.stop();
    const older = join(folder, 'older');
    mkdirSync(older);
    copy(data(), join(older, 'data'));
    copy(keys(), join(older, 'keys'));
    await start();
    await instance?.admin.request('POST', '/v1/stops', {
      target: { kind: 'tenant', name: 'main' },
      reason: 'odd',
    });
    await eventually(isWitnessed);
    await instance?.stop();
    for (const [from, to] of [
      ['data', data()],
      ['keys', keys()],
    ] as const) {
      rmSync(to, { recursive: true });
      copy(join(older, from), to);
    }
    await expect(start()).rejects.toThrow(/audit\/witness-ahead|remembers/u);
    const words = ['audit', 'begin-anew', '--keys', keys(), '--data', data(), '--reason', 'a fire'];
    execFileSync(process.execPath, [quiet, cli, ...words], { env: { HOME: folder } });
    await start();
    const { records }: Json =
      (await instance?.admin.request('GET', '/v1/records?type=log.opened&limit=9')) ?? {};
    const opened = (records as Json[]).map(({ record }) => record as Json);
    expect(opened.at(-1)).toMatchObject({ details: { why: 'begun-anew' } });
    const { entries }: Json = (await instance?.admin.request('GET', '/v1/stops')) ?? {};
    expect(entries).toMatchObject([{ target: { kind: 'all' }, by: 'system/ratchet' }]);
    await eventually(async () => (await witnessItem())?.['state'] === 'green');
  }, 120_000);
});
