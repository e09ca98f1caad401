import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signV4 } from '#adapters/log-archive/s3/signature.ts';
import { limits } from '#kernel/limits.ts';
import { FakeS3 } from '../fakes/fake-s3.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;
const cli = join(import.meta.dirname, '../../src/cli/main.ts');
const verifier = join(import.meta.dirname, '../../verifier/verify.mjs');
const quiet = '--disable-warning=ExperimentalWarning';
const store = new FakeS3();
const key = store.key();
const env = { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret };
let folder = '';
let endpoint = '';
let instance: Instance | undefined;

const place = (bucket: string) => `s3://${bucket}/prod?endpoint=${endpoint}`;

/** Not by a call that waits: the store that is asked lives in this process. */
function run(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [quiet, ...words], {
    env: { HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

function filesIn(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(root, name), 'base64')]));
}

async function archiveItem(): Promise<Json | undefined> {
  const status: Json = await (instance?.admin.request('GET', '/v1/status') ?? Promise.resolve({}));
  return (status['readiness'] as Json[] | undefined)?.find(({ item }) => item === 'archive');
}

async function until(state: string, why: RegExp): Promise<void> {
  const end = performance.now() + 20 * limits.archiveEveryMs;
  for (let item: Json | undefined; performance.now() < end; await sleep(100)) {
    item = await archiveItem();
    if (item?.['state'] === state && why.test(String(item['why']))) return;
  }
  throw new Error(`it did not come to that: ${JSON.stringify(await archiveItem())}`);
}

async function isPut(name: RegExp): Promise<void> {
  const end = performance.now() + 20 * limits.archiveEveryMs;
  while (![...(store.buckets.get('locked')?.objects.keys() ?? [])].some((one) => name.test(one))) {
    if (performance.now() > end) throw new Error('it was not put');
    await sleep(100);
  }
}

async function start(bucket: string): Promise<void> {
  const credential = instance?.credential;
  await instance?.stop();
  instance = await startInstance({
    folder,
    args: ['--archive', place(bucket)],
    env,
    ...(credential === undefined ? {} : { credential }),
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-archive-e2e-'));
  endpoint = await store.open();
  store.bucket('loose', { locks: false });
  store.bucket('locked');
  store.pageSize = 1_000;
}, 60_000);

afterAll(async () => {
  await instance?.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('logs that are archived in a store of objects', () => {
  it('are put nowhere where nothing is locked, and the readiness says so [AUD-06]', async () => {
    await start('loose');
    await until('red', /no object lock/u);
    expect(store.buckets.get('loose')?.objects.size).toBe(0);
  }, 60_000);

  it('lie there under lock, each of them, and verify from there alone, by both verifiers [AUD-06]', async () => {
    await start('locked');
    await until('green', /archived in `s3:\/\/locked\/prod\/ at 127\.0\.0\.1/u);
    // The directory of the logs comes behind them: an archive that it did not reach yet says that it is missing.
    await isPut(/\/directory\/[^/]+\/checkpoints\//u);
    await instance?.stop();
    const objects = [...(store.buckets.get('locked')?.objects ?? [])];
    expect(objects.length).toBeGreaterThan(5);
    const month = Date.now() + 29 * 86_400_000;
    for (const [, versions] of objects) {
      expect(versions).toMatchObject([{ mode: 'COMPLIANCE', isMark: false }]);
      expect(versions[0]?.until).toBeGreaterThan(month);
    }
    const vkey = readFileSync(join(folder, 'data/log/main/standard/control-1/vkey'), 'utf8').trim();
    const words = ['--key', vkey, '-o', 'json'];
    const own = await run([cli, 'audit', 'verify', '--archive', place('locked'), ...words]);
    expect(own.code).toBe(2);
    expect(JSON.parse(own.out)).toMatchObject({ status: 'consistent' });
    const copy = join(folder, 'copy');
    const fetched = await run([
      cli,
      'audit',
      'archive',
      'fetch',
      place('locked'),
      copy,
      '-o',
      'json',
    ]);
    expect(JSON.parse(fetched.out)).toMatchObject({ objects: objects.length, overlaid: [] });
    expect((await run([verifier, copy, '--key', vkey])).code).toBe(2);
    // What was left in between is not fetched again.
    const again = await run([
      cli,
      'audit',
      'archive',
      'fetch',
      place('locked'),
      copy,
      '-o',
      'json',
    ]);
    expect(JSON.parse(again.out)).toMatchObject({ copied: 0 });
  }, 60_000);

  it('show whoever marked one of them as deleted, and lose nothing by it [AUD-06]', async () => {
    const victim = [...(store.buckets.get('locked')?.objects.keys() ?? [])].find((one) =>
      one.includes('tile/entries'),
    );
    const url = new URL(`${endpoint}/locked/${victim}`);
    const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
    const by = { credentials, region: 'us-east-1', service: 's3', now: Date.now() };
    const headers = signV4({ method: 'DELETE', url, headers: {}, body: '' }, by);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
    const copy = join(folder, 'after');
    const fetched = await run([cli, 'audit', 'archive', 'fetch', place('locked'), copy]);
    expect(fetched.code).toBe(1);
    expect(fetched.out).toContain('is marked as deleted');
    const checked = await run([cli, 'audit', 'verify', '--archive', place('locked'), '-o', 'json']);
    expect(checked.code).toBe(1);
    const { logs } = JSON.parse(checked.out) as { logs: Json[] };
    const wrong = logs.filter(({ status }) => status === 'inconsistent');
    expect(wrong).toMatchObject([{ kind: 'overlaid', path: victim?.slice('prod/'.length) }]);
    // No bytes are lost: the copy has what was put first.
    expect(filesIn(copy)).toEqual(filesIn(join(folder, 'copy')));
  }, 60_000);

  it('says what is wrong with a place, a credential or a bucket', async () => {
    const verify = (...words: string[]) => run([cli, 'audit', 'verify', '-o', 'json', ...words]);
    expect((await verify('--archive', 's3://locked')).code).toBe(4);
    const none = await run([cli, 'audit', 'archive', 'fetch', place('nowhere'), join(folder, 'n')]);
    expect(none.code).toBe(3);
  }, 60_000);
});
