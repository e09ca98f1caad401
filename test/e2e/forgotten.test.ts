import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient, type ControlClient } from '../../sdk/index.ts';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { type CliPlace, runCli, until } from './cli.ts';
import { filesBelow, filesHolding } from './files.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;
const canary = 'Mrs Canary-4711 of 7 Elm Street';
const noted = 'she is Mrs Canary-4712, a witness';
const documents = {
  'estate.yaml': `
kind: ToolServer
name: fake
spec: { connect: { url: 'http://127.0.0.1:1/mcp' } }
---
kind: Manifest
name: work
spec: { tools: [{ tool: fake/pay }] }
---
kind: Agent
name: worker
spec: { owner: ann, purpose: tests, manifest: work, standing: none }
`,
};

let instance: Instance;
let credentials: Readonly<Record<string, string>> = {};

async function start(): Promise<void> {
  const { folder, credential } = instance;
  instance = await startInstance({ folder, credential, documents });
}

const as = (name: string): ControlClient =>
  createControlClient({ url: instance.console, credential: credentials[name] ?? '' });

beforeAll(async () => {
  instance = await startInstance({ documents });
  const roles = { ann: 'operator', pia: 'privacy', paul: 'privacy' };
  for (const [name, role] of Object.entries(roles)) {
    const body = { name, roles: [role], reason: 'the test' };
    const { credential }: Json = await instance.admin.request('POST', '/v1/people', body);
    credentials = { ...credentials, [name]: String(credential) };
  }
}, 60_000);
afterAll(() => instance.remove());

/** The command line of pia, who holds the role privacy. */
async function pia(...args: readonly string[]): Promise<{ code: number | null; told: Json }> {
  const home = join(instance.folder, 'home-of-pia');
  const place: CliPlace = { home, data: instance.data };
  execFileSync('mkdir', ['-p', '-m', '700', home]);
  const kept = { [instance.data]: credentials['pia'] };
  writeFileSync(join(home, 'credentials.json'), JSON.stringify(kept), { mode: 0o600 });
  const answer = await runCli(place, [...args, '-o', 'json']);
  return { code: answer.code, told: answer.json() };
}

const records = async (query: string): Promise<Json[]> => {
  const path = `/v1/audit/records?q=${encodeURIComponent(query)}&limit=50`;
  const { records: found }: Json = await as('pia').request('GET', path);
  return (found as Json[]).map(({ record }) => record as Json);
};

function filesWith(text: string, place: string): string[] {
  expect(filesBelow(place).length).toBeGreaterThan(10);
  return filesHolding(place, [text]);
}

const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to]);
const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'done',
    (fault: { code?: unknown }) => fault.code,
  );

describe('somebody who asks to be forgotten', () => {
  it('is nowhere any more: not in data, index, exports, bundles nor a store that is put back, and every proof holds [AUD-10] [AUD-19] [DAT-10] [SYS-095]', async () => {
    const task = {
      agent: 'worker',
      reason: 'ticket 311',
      intent: `refund ${canary}`,
      forSeconds: 3_600,
    };
    // What a start ended a moment ago is waited for.
    await until(
      () => codeOf(as('ann').request('POST', '/v1/tasks', task)),
      (code) => code === 'done',
    );
    const [begun] = await until(
      () => records('action:task.begun user:ann'),
      (found) => found.length > 0,
    );
    const id = String(begun?.['id']);

    // Nothing plain, before anything is erased: in no file, and in nothing that is told.
    expect(filesWith(canary, instance.folder)).toEqual([]);
    const told = JSON.stringify(await as('pia').request('GET', '/v1/audit/export?q=user:ann'));
    expect(told).toContain(id);
    expect(told).not.toContain('Canary');
    expect(await records('Canary-4711')).toEqual([]);

    // To look is for the role alone, and on record.
    const purpose = { purpose: 'case 17' };
    for (const who of [instance.admin, as('ann')]) {
      const asked = who.request('POST', `/v1/records/${id}/reveal`, purpose);
      expect(await codeOf(asked)).toBe('api/forbidden');
    }
    const shown = await pia('audit', 'reveal', id, '--purpose', 'case 17');
    expect(shown).toMatchObject({ code: 0, told: { text: `refund ${canary}` } });
    await until(
      () => records('action:log.revealed'),
      (found) => found.length === 1,
    );

    // What people type about it is in no file either, and is read by whoever reads the log.
    const note = await pia('audit', 'annotate', id, '--note', noted);
    expect(note.code).toBe(0);
    const said = async () => (await records('action:log.annotated'))[0]?.['details'];
    expect(await until(said, (found) => found !== undefined)).toMatchObject({ note: noted });
    const shownBeside = await pia('audit', 'show', id);
    expect(JSON.stringify(shownBeside.told)).toContain(noted);
    const lines = JSON.stringify(await as('pia').request('GET', '/v1/audit/export?q=user:ann'));
    expect(lines).toContain(noted);
    expect(filesWith('Canary-4712', instance.folder)).toEqual([]);

    // A backup from before; then it is forgotten.
    await instance.stop();
    copy(join(instance.data, 'store'), join(instance.folder, 'backup'));
    await start();
    const file = join(instance.folder, 'certificate.json');
    const words = ['--basis', 'GDPR Art. 17', '--request', 'DSR-204', '--to', file];
    const erased = await pia('audit', 'erase', 'ann', ...words);
    expect(erased).toMatchObject({ code: 0, told: { bodies: 3, request: 'DSR-204', by: 'pia' } });
    const again = await pia('audit', 'reveal', id, '--purpose', 'case 17');
    expect(again).toMatchObject({ told: { code: 'audit/erased' } });

    const gone = { erased: expect.stringMatching(/^[0-9a-f-]{36}$/u) };
    expect(await said()).toMatchObject({ note: gone });

    // The certificate is true by the key of the log, and by no other word.
    const vkey = readFileSync(
      join(instance.data, 'log/main/standard/control-1/vkey'),
      'utf8',
    ).trim();
    const check = (path: string) => pia('audit', 'check-certificate', path, '--key', vkey);
    expect(await check(file)).toMatchObject({ code: 0, told: { holds: true } });
    const forged = join(instance.folder, 'forged.json');
    writeFileSync(forged, readFileSync(file, 'utf8').replace('"bodies":3', '"bodies":2'));
    expect(await check(forged)).toMatchObject({ code: 1, told: { holds: false } });

    // A bundle made after proves the record and shows nothing.
    const bundle = join(instance.folder, 'bundle');
    await pia('audit', 'export', 'user:ann', '--format', 'bundle', '--to', bundle);
    expect(await pia('audit', 'check-bundle', bundle, '--key', vkey)).toMatchObject({ code: 0 });
    for (const text of [canary, noted]) expect(filesWith(text, instance.folder)).toEqual([]);

    // The store of before comes back, with the key in it: it forgets again.
    await instance.stop();
    rmSync(join(instance.data, 'store'), { recursive: true });
    copy(join(instance.folder, 'backup'), join(instance.data, 'store'));
    await start();
    const restored = await pia('audit', 'reveal', id, '--purpose', 'case 17');
    expect(restored).toMatchObject({ told: { code: 'audit/erased' } });
    expect(await until(said, (found) => found !== undefined)).toMatchObject({ note: gone });
    await until(
      () => records('action:privacy.erased-again'),
      (found) => found.length === 1,
    );
    expect(verifyLogs(join(instance.data, 'log')).status).toBe('consistent');
  }, 120_000);
});
