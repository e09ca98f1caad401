import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openS3 } from '#adapters/log-archive/s3/index.ts';
import { lockedBucketSuite } from '#adapters/log-archive/s3/locked-bucket.suite.ts';
import { signV4 } from '#adapters/log-archive/s3/signature.ts';
import { createOutbound } from '#adapters/outbound/index.ts';
import { parseArchivePlace, type S3Place } from '#contracts/archive-place.ts';
import { logArchiveSuite } from '#contracts/log-archive.suite.ts';

/**
 * Our archive before a store that we did not write: `versitygw`, in Go. Building it takes half a minute, so it is built
 * by `bailiwick soak` (or named, built, by $BAILIWICK_VERSITYGW).
 */
const root = mkdtempSync(join(tmpdir(), 'versitygw-'));

function binaryOf(): string | undefined {
  const named = process.env['BAILIWICK_VERSITYGW'];
  if (named !== undefined) return named;
  if (process.env['BAILIWICK_STRANGERS'] !== 'all') return undefined;
  const folder = join(root, 'src');
  cpSync(join(import.meta.dirname, 'go-versitygw'), folder, { recursive: true });
  const built = join(root, 'versitygw');
  const words = ['build', '-mod=mod', '-o', built, 'github.com/versity/versitygw/cmd/versitygw'];
  const env = { ...process.env, CGO_ENABLED: '0' };
  spawnSync('go', words, { cwd: folder, env, stdio: 'pipe', timeout: 600_000 });
  return existsSync(built) ? built : undefined;
}

const isAsked =
  process.env['BAILIWICK_VERSITYGW'] !== undefined || process.env['BAILIWICK_STRANGERS'] === 'all';
const binary = binaryOf();
if (isAsked && binary === undefined) {
  console.warn('NOT RUN: our archive before versitygw (needs go; see soak)');
}

const access = 'writer';
const secret = randomBytes(20).toString('hex');
const writer = { accessKeyId: access, secretAccessKey: secret };
const env = { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret };
const outbound = createOutbound({ mayReach: () => true, loopback: true });
let child: ChildProcess | undefined;
let endpoint = '';
let buckets = 0;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

async function startStore(): Promise<void> {
  const port = await freePort();
  const [files, versions] = [join(root, 'files'), join(root, 'versions')];
  for (const folder of [files, versions]) mkdirSync(folder);
  const words = [
    '--port',
    `127.0.0.1:${port}`,
    '--quiet',
    'posix',
    '--versioning-dir',
    versions,
    files,
  ];
  child = spawn(binary ?? '', words, {
    stdio: 'ignore',
    env: { ...process.env, ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
  });
  endpoint = `http://127.0.0.1:${port}`;
  const end = performance.now() + 20_000;
  while (!(await fetch(endpoint).catch(() => undefined))) {
    if (performance.now() > end) throw new Error('versitygw does not answer');
    await sleep(50);
  }
}

async function bucket(locks = true): Promise<S3Place> {
  const name = `archive-${(buckets += 1)}`;
  const url = new URL(`${endpoint}/${name}`);
  const headers: Record<string, string> = locks
    ? { 'x-amz-bucket-object-lock-enabled': 'true' }
    : {};
  const by = { credentials: writer, region: 'us-east-1', service: 's3', now: Date.now() };
  const signed = signV4({ method: 'PUT', url, headers, body: '' }, by);
  const made = await fetch(url, { method: 'PUT', headers: signed });
  if (made.status !== 200) throw new Error(await made.text());
  const place = parseArchivePlace(`s3://${name}/logs?endpoint=${endpoint}`, {});
  if (place.kind !== 's3') throw new Error('no place of S3');
  return place;
}

const open = (place: S3Place) => openS3(place, { line: { outbound }, env, now: Date.now });

if (!isAsked) {
  it('the store versitygw is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

const register = isAsked ? describe : () => undefined;
register('the store versitygw', () => {
  beforeAll(startStore, 60_000);
  afterAll(() => {
    child?.kill('SIGTERM');
    rmSync(root, { recursive: true, force: true });
  });

  logArchiveSuite('versitygw', async () => {
    const place = await bucket();
    return { open: async () => open(place) };
  });

  lockedBucketSuite('versitygw', async () => {
    const place = await bucket();
    return { place, writer, archive: open(place) };
  });

  it('is refused where its bucket does not lock [AUD-06]', async () => {
    const put = open(await bucket(false)).put({ name: 'a', bytes: Buffer.from('x') });
    await expect(put).rejects.toThrow(/no object lock/u);
  });
});
