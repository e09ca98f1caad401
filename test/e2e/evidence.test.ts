import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, until } from './cli.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;
let instance: Instance;
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-e2e-packs-'));
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(async () => {
  writeFileSync(at('packs'), 'pack board daily out everything stops\n');
  instance = await startInstance({ args: ['--evidence', at('packs')] });
}, 60_000);
afterAll(async () => {
  await instance.remove();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (args: readonly string[]) =>
  runCli({ home: instance.folder, data: instance.data }, [...args, '-o', 'json']);
async function item(): Promise<Json | undefined> {
  const status: Json = await instance.admin.request('GET', '/v1/status');
  return (status['readiness'] as Json[]).find((one) => one['item'] === 'evidence');
}

describe('the packs of an instance', () => {
  it('are red while their folder is away, then made by themselves, on record, listed and verified offline [AUD-22]', async () => {
    const away = await until(item, (one) => one?.['state'] === 'red');
    expect(String(away?.['why'])).toContain('is not there');
    mkdirSync(at('out'));
    await until(item, (one) => one?.['state'] === 'green');
    const [period = ''] = readdirSync(at('out/board'));
    const listed = await cli(['evidence', 'list', at('out')]);
    expect(listed.json()).toMatchObject({ packs: [{ path: `board/${period}`, reports: 2 }] });
    const found = await until(
      async () => {
        const answer: Json = await instance.admin.request(
          'GET',
          '/v1/records?type=log.evidence-made',
        );
        return answer['records'] as Json[];
      },
      (records) => records.length === 1,
    );
    expect(found).toMatchObject([{ record: { details: { pack: 'board' } } }]);
    const keys = await runCli({ home: instance.folder, data: instance.data }, ['audit', 'keys']);
    writeFileSync(at('keys.txt'), keys.stdout);
    const verify = ['evidence', 'verify', at('out/board', period), '--keys', at('keys.txt')];
    expect(await cli(verify)).toMatchObject({ code: 0 });
    // What the quick start has in force, by the log alone; the logs hold.
    const verdict = JSON.parse(
      readFileSync(at('out/board', period, 'verdict/report.json'), 'utf8'),
    );
    expect(verdict).toMatchObject({ status: 'consistent' });
    const made: Json = await instance.admin.request('POST', '/v1/evidence/board/make', {});
    const asked = at('out/board', String(made['period']));
    expect(await cli(['evidence', 'verify', asked, '--keys', at('keys.txt')])).toMatchObject({
      code: 0,
    });
    const coverage = JSON.parse(readFileSync(join(asked, 'coverage/report.json'), 'utf8'));
    expect(coverage).toMatchObject({
      documents: [{ name: 'builtin', used: [{ name: 'builtin/read' }, { name: 'builtin/write' }] }],
      unrecorded: [],
    });
    const list = at('out/board', period, 'pack.json');
    writeFileSync(list, readFileSync(list, 'utf8').replace('"daily"', '"dailx"'));
    expect(await cli(verify)).toMatchObject({ code: 1 });
    expect(await cli(['evidence', 'verify', at('out')])).toMatchObject({ code: 4 });
  }, 120_000);
});
