import { spawnSync } from 'node:child_process';
import {
  cpSync,
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
import {
  newTimestampAuthority,
  opensslMissing,
  serveTimestamps,
  type TimestampAuthority,
  type TimestampServer,
} from '../fakes/timestamping/index.ts';
import { type Instance, startInstance } from './instance.ts';

const cli = join(import.meta.dirname, '../../src/cli/main.ts');
const verifier = join(import.meta.dirname, '../../verifier/verify.mjs');
const quiet = '--disable-warning=ExperimentalWarning';
const missing = opensslMissing();
if (missing !== undefined) console.warn(`NOT RUN: heads noted by OpenSSL: ${missing}`);

type Json = Record<string, unknown>;
let folder = '';
let instance: Instance | undefined;
let authority: TimestampAuthority;
let server: TimestampServer | undefined;

const place = (root: string) => join(root, 'main/standard/control-1');
const anchorsIn = (root: string) => {
  const path = join(place(root), 'anchors');
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.tsr')) : [];
};
const log = () => join(folder, 'data/log');
const archive = () => join(folder, 'archive');

async function itemOf(name: string): Promise<Json | undefined> {
  const status: Json = await (instance?.admin.request('GET', '/v1/status') ?? Promise.resolve({}));
  return (status['readiness'] as Json[] | undefined)?.find(({ item }) => item === name);
}

/** They are asked every few seconds, and a busy machine takes its time. */
async function eventually(look: () => Promise<boolean> | boolean): Promise<void> {
  const until = performance.now() + 60_000;
  while (!(await look())) {
    if (performance.now() > until) throw new Error('it did not come to that');
    await sleep(100);
  }
}

interface Told {
  readonly code: number | null;
  readonly said: string;
}

function run(words: readonly string[]): Told {
  const done = spawnSync(process.execPath, words, { env: { HOME: folder }, encoding: 'utf8' });
  return { code: done.status, said: done.stdout };
}

/** By both, which share no code. */
function verified(root: string, ...flags: readonly string[]): readonly Told[] {
  const key = readFileSync(join(place(root), 'vkey'), 'utf8').trim();
  const words = [root, '--key', key, ...flags];
  return [run([verifier, ...words]), run([quiet, cli, 'audit', 'verify', ...words])];
}

async function start(): Promise<void> {
  const credential = instance?.credential;
  instance = await startInstance({
    folder,
    args: ['--anchors', join(folder, 'anchors'), '--archive', archive()],
    ...(credential === undefined ? {} : { credential }),
  });
}

describe.runIf(missing === undefined)('heads that an authority for timestamps notes', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-anchors-'));
    mkdirSync(archive());
    authority = newTimestampAuthority(join(folder, 'tsa'));
    server = await serveTimestamps(authority);
    writeFileSync(join(folder, 'anchors'), `every 1\ntimestamp tsa ${server.url} tsa/root.pem\n`);
    await start();
  }, 120_000);

  afterAll(async () => {
    await instance?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('say that the log existed at a time, to OpenSSL and to both verifiers [AUD-03, AUD-22]', async () => {
    await eventually(() => anchorsIn(log()).length > 0);
    await eventually(async () => (await itemOf('anchors'))?.['state'] === 'green');
    cpSync(log(), join(folder, 'copy'), { recursive: true });
    const [stamp = ''] = anchorsIn(join(folder, 'copy'));
    const beside = join(place(join(folder, 'copy')), 'anchors');
    const head = join(beside, `${stamp.slice(0, 16)}.checkpoint`);
    expect(authority.accepts(join(beside, stamp), head)).toBe(true);
    const size = Number(stamp.slice(0, 16));
    const root = ['--timestamp-root', authority.root];
    for (const { code, said } of verified(join(folder, 'copy'), ...root)) {
      expect(code).toBe(2);
      expect(said).toMatch(
        new RegExp(`first ${size} records existed at 20[0-9T:.-]+Z by timestamps of tests`, 'u'),
      );
    }
    // Without the root it is nobody's word.
    for (const { code, said } of verified(join(folder, 'copy'))) {
      expect(code).toBe(2);
      expect(said).not.toContain('existed at');
    }
  }, 120_000);

  it.each([
    ['the answer', '.tsr', 300],
    ['the head that it is over', '.checkpoint', 60],
  ])('are found wrong by both verifiers when %s is changed [AUD-03]', (_, ending, at) => {
    const changed = join(folder, `changed${ending}`);
    cpSync(join(folder, 'copy'), changed, { recursive: true });
    const beside = join(place(changed), 'anchors');
    const name = readdirSync(beside).find((one) => one.endsWith(ending)) ?? '';
    const bytes = readFileSync(join(beside, name));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(beside, name), bytes);
    const told = verified(changed, '--timestamp-root', authority.root);
    expect(told.map(({ code }) => code)).toEqual([1, 1]);
    expect(told.every(({ said }) => said.includes(`anchors/${name}`))).toBe(true);
  });

  it('go along to the archive, which tells the same from itself alone [AUD-06]', async () => {
    await instance?.stop();
    // A new one takes all that is there; an older one would wait a quarter of an hour for its next head.
    rmSync(archive(), { recursive: true });
    mkdirSync(archive());
    await start();
    await eventually(() => anchorsIn(archive()).length > 0);
    await eventually(async () => (await itemOf('archive'))?.['state'] === 'green');
    cpSync(archive(), join(folder, 'archived'), { recursive: true });
    const told = verified(join(folder, 'archived'), '--timestamp-root', authority.root);
    for (const { code, said } of told) {
      expect(code).toBe(2);
      expect(said).toContain('existed at');
    }
  }, 120_000);
});
