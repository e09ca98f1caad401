import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { systemClock } from '#kernel/time.ts';
import { askBeforeStart, createWitnessing, parseWitnessPolicy } from '#planes/audit/index.ts';
import { emptyRoot, logVkey, openCheckpoint, parseVkey } from '#tlog/index.ts';
import { makeSecondSigner, makeSigner, MemoryLog, numbered } from './tlog-memory-log.ts';

/**
 * Our client before a witness that we did not write: `litewitness`, in Go. Building it takes a minute,
 * so it is built by `bailiwick soak` (or named, built, by $BAILIWICK_LITEWITNESS).
 */
const root = mkdtempSync(join(tmpdir(), 'litewitness-'));

function binaryOf(): string | undefined {
  const named = process.env['BAILIWICK_LITEWITNESS'];
  if (named !== undefined) return named;
  if (process.env['BAILIWICK_STRANGERS'] !== 'all') return undefined;
  const folder = join(root, 'src');
  cpSync(join(import.meta.dirname, 'go-litewitness'), folder, { recursive: true });
  const built = join(root, 'litewitness');
  const words = ['build', '-mod=mod', '-o', built, 'filippo.io/torchwood/cmd/litewitness'];
  const env = { ...process.env, CGO_ENABLED: '0' };
  spawnSync('go', words, { cwd: folder, env, stdio: 'pipe', timeout: 600_000 });
  return existsSync(built) ? built : undefined;
}

const isAsked =
  process.env['BAILIWICK_LITEWITNESS'] !== undefined ||
  process.env['BAILIWICK_STRANGERS'] === 'all';
const binary = binaryOf();
const hasAgent = spawnSync('ssh-agent', ['-h']).error === undefined;
const runs = binary !== undefined && hasAgent;
if (!runs) {
  console.warn('NOT RUN: our witness client before litewitness (needs go, ssh-agent; see soak)');
}

const signer = makeSigner();
const origin = 'audit.example.com/main/standard/gw-1';
const vkey = logVkey(origin, signer.publicKey);
const children: ChildProcess[] = [];
let url = '';
let witnessKey = '';

/** Signed a second time too, with a key that it was never told. */
const second = makeSecondSigner();

function logOf(count: number, change?: number) {
  const entries = numbered(count);
  if (change !== undefined) entries[change] = Buffer.from('{}');
  const { files } = new MemoryLog().append(...entries).publish(origin, { ...signer, second });
  return {
    tenant: 'main',
    vkey,
    files,
    read: (path: string) => files.get(path),
    keep: (file: string, note: Uint8Array) => Promise.resolve(void files.set(file, note)),
    reached: () => count,
  };
}

const outbound = createOutbound({ mayReach: () => true, loopback: true });
const policy = () => parseWitnessPolicy(`witness w1 ${witnessKey} ${url}\nquorum w1\n`);

async function shown(log: ReturnType<typeof logOf>) {
  const witnessing = createWitnessing({
    policy: policy(),
    logs: () => [log],
    outbound,
    clock: systemClock,
  });
  await witnessing.look();
  return witnessing.health();
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

async function until(look: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!look()) {
    if (performance.now() > end) throw new Error('it did not come to that');
    await sleep(50);
  }
}

async function startWitness(): Promise<void> {
  const at = (name: string) => join(root, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('wit')]);
  children.push(spawn('ssh-agent', ['-D', '-a', at('agent.sock')], { stdio: 'ignore' }));
  await until(() => existsSync(at('agent.sock')));
  const env = { ...process.env, SSH_AUTH_SOCK: at('agent.sock') };
  execFileSync('ssh-add', ['-q', at('wit')], { env, stdio: 'pipe' });
  const printed = execFileSync('ssh-keygen', ['-lf', at('wit.pub')], { encoding: 'utf8' });
  const fingerprint = printed.split(' ')[1] ?? '';
  const port = await freePort();
  const where = ['-listen', `127.0.0.1:${port}`, '-name', 'witness.example.test/w1'];
  const keys = ['-key', fingerprint, '-ssh-agent', at('agent.sock'), '-db', at('w.db')];
  const child = spawn(binary ?? '', [...where, ...keys], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => (told += String(part)));
  await until(() => /vkey=\S+/u.test(told));
  witnessKey = (/vkey="?([^\s"]+)/u.exec(told)?.[1] ?? '').replaceAll('"', '');
  url = `http://127.0.0.1:${port}`;
  const database = new DatabaseSync(at('w.db'), { timeout: 5_000 });
  const empty = Buffer.from(emptyRoot).toString('base64');
  database.prepare('INSERT INTO log VALUES (?, 0, ?)').run(origin, empty);
  database.prepare('INSERT INTO key VALUES (?, ?)').run(origin, vkey);
  database.close();
}

if (!isAsked) {
  it('the witness litewitness is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

const register = isAsked ? describe.runIf(runs) : () => undefined;
register('the witness litewitness', () => {
  beforeAll(startWitness, 60_000);
  afterAll(() => {
    for (const child of children) child.kill('SIGTERM');
    rmSync(root, { recursive: true, force: true });
  });

  it('cosigns what our client shows, from nothing and from what it remembers', async () => {
    for (const count of [111, 222, 1000]) {
      const log = logOf(count);
      expect(await shown(log)).toMatchObject({ problems: [], contradictions: [] });
      const trust = { log: parseVkey(vkey), witnesses: [parseVkey(witnessKey)] };
      expect(openCheckpoint(log.read('witnessed') ?? new Uint8Array(), trust)).toMatchObject({
        size: count,
        witnesses: ['witness.example.test/w1'],
      });
    }
  });

  it('refuses a fork and a log that was put back, which our client tells apart', async () => {
    expect((await shown(logOf(1100, 7))).contradictions[0]).toContain('another history');
    expect((await shown(logOf(500))).contradictions[0]).toContain('remembers 1000 records');
    const ask = askBeforeStart({ policy: policy(), logs: () => [logOf(500)], outbound });
    await expect(ask).rejects.toMatchObject({ code: 'audit/witness-ahead' });
  });
});
