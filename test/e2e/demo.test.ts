import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamOf } from '#planes/audit/index.ts';
import { readWholeLog } from './crash-log.ts';
import { filesBelow, filesHolding } from './files.ts';

const program = fileURLToPath(new URL('../../src/programs/demo/main.ts', import.meta.url));
const flags = ['--no-turbo-inline-js-wasm-calls', '--disable-warning=ExperimentalWarning'];

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Line {
  readonly scene: string;
  readonly decision: string;
  readonly code: string | null;
  readonly record: string;
  readonly proof: string;
  readonly ok: boolean;
}

function runDemo(args: readonly string[], temporary: string, interrupt?: RegExp): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, program, ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
      if (interrupt?.test(out) === true) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** As it is, and in the forms in which programs usually carry it on. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const forms = [secret, bytes.toString('hex'), encodeURIComponent(secret), ...encoded];
  return forms.map((form) => Buffer.from(form));
}

describe('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-demo-test-'));
  const data = join(folder, 'data');
  let ran: Ran;
  let lines: Line[];

  beforeAll(async () => {
    ran = await runDemo(['-o', 'json', '--data', data], folder);
    lines = ran.out
      .split('\n')
      .filter((line) => line.includes('"scene"'))
      .map((line) => JSON.parse(line) as Line);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('goes as told, each scene by its decision and code [GOV-16, POL-02, APR-02, APR-06, TOL-10, TOL-15, TOL-21, MON-17]', () => {
    expect(lines.map(({ scene, decision, code }) => [scene, decision, code])).toEqual([
      ['read', 'allowed', null],
      ['write', 'allowed', null],
      ['held', 'held', 'approvals/pending'],
      ['approved', 'allowed', null],
      ['replay', 'refused', 'approvals/spent'],
      ['forbidden', 'refused', 'policy/denied'],
      ['broken-arguments', 'refused', 'tools/invalid-arguments'],
      ['outside-manifest', 'refused', 'tools/not-visible'],
      ['leaking-server', 'allowed', null],
      ['leaking-process', 'allowed', null],
      ['changed-definition', 'refused', 'tools/quarantined'],
      ['reviewed-definition', 'allowed', null],
      ['poisoned-ticket', 'allowed', null],
      ['poisoned-order', 'held', 'approvals/pending'],
      ['stop', 'refused', 'stop/active'],
      ['release', 'allowed', null],
    ]);
    expect(lines.filter(({ ok }) => !ok)).toEqual([]);
    expect(ran.code, ran.err).toBe(0);
  });

  it('proves a record of its own for each scene, in a log that holds as a whole', () => {
    expect(new Set(lines.map(({ record }) => record)).size).toBe(lines.length);
    expect(lines.filter(({ proof }) => proof !== 'verified')).toEqual([]);
    const last = JSON.parse(ran.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ event: 'finished', ok: true, failed: 0, audit: 'consistent' });
  });

  it('has all five streams in its log after the first story [AUD-16]', () => {
    const streams = new Set(readWholeLog(data).records.map(({ type }) => streamOf(type)));
    expect([...streams].sort()).toEqual([
      'administration',
      'approval',
      'gateway',
      'identity',
      'policy',
      'token',
    ]);
  });

  it('leaves exactly the allowed refunds in the books, each asked for once [APR-02, APR-06]', () => {
    const books = new DatabaseSync(join(data, 'demo', 'billing.sqlite'), { readOnly: true });
    const rows = (table: string) =>
      books
        .prepare(`SELECT invoice, amountCents, reason FROM ${table} ORDER BY id`)
        .all()
        .map((row) => ({ ...row }));
    const allowed = [
      { invoice: 'HL-2032', amountCents: 1_500, reason: 'dent in the cap' },
      { invoice: 'HL-2033', amountCents: 12_000, reason: 'two metres short' },
      { invoice: 'HL-2037', amountCents: 1_000, reason: 'hose too wide' },
    ];
    expect(rows('refunds')).toEqual(allowed);
    expect(rows('attempts')).toEqual(allowed);
    books.close();
  });

  it('shows the credentials of tool servers to nobody: not output, answers, log, journal or store [CRD-01]', () => {
    const kept = readFileSync(join(data, 'demo', 'secrets.json'));
    const secrets = Object.values(JSON.parse(kept.toString('utf8')) as Record<string, string>);
    expect(secrets).toHaveLength(2);
    const forms = secrets.flatMap(formsOf);
    const leaks = (bytes: Buffer) => forms.some((form) => bytes.includes(form));
    expect(leaks(kept)).toBe(true);
    const answers = readFileSync(join(data, 'demo', 'transcript.ndjson'));
    // Both careless servers did answer with their dump, so there was something to scrub.
    expect(answers.includes('authorization: ')).toBe(true);
    expect(answers.includes('crm://service:')).toBe(true);
    const rooms = ['log', 'journal', 'store'].map((room) => join(data, room));
    expect(rooms.flatMap(filesBelow).length).toBeGreaterThan(5);
    expect(rooms.flatMap((room) => filesHolding(room, forms))).toEqual([]);
    expect([ran.out, ran.err].filter((text) => leaks(Buffer.from(text)))).toEqual([]);
    expect(leaks(answers)).toBe(false);
  });

  it('refuses a folder that is not empty instead of touching what is there', async () => {
    const again = await runDemo(['-o', 'json', '--data', data], folder);
    expect(again.code).toBe(1);
    expect(again.out).toContain('"code":"cli/usage"');
  });

  it('ends what it started and removes its folder when it is interrupted', async () => {
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    const cut = await runDemo(['-o', 'json'], temporary, /"scene":"read"/);
    expect(cut.code).toBe(130);
    expect(cut.out).not.toContain('"event":"finished"');
    expect(readdirSync(temporary)).toEqual([]);
  }, 60_000);
});
