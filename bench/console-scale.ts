/**
 * Every page of the console over a large estate: `node bench/console-scale.ts [--agents 10000] [--records 1000000]
 * [--folder DIR]`. Fills a data folder, unless DIR has been filled before, starts the product on it, and walks the
 * pages by Chromium; figures, nothing is asserted.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Instance, startInstance } from '../test/e2e/instance.ts';
import { applyDocuments, fillStore, type ScaleOf } from './console-estate.ts';
import { writeLog } from './console-log.ts';
import { walk } from './console-walk.ts';

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '10000' },
    records: { type: 'string', default: '1000000' },
    folder: { type: 'string' },
  },
});
const scale: ScaleOf = { agents: Number(values.agents), records: Number(values.records) };
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'bench-console-'));
const madeFile = join(folder, 'filled.json');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function timed<Answer>(what: string, run: () => Promise<Answer>): Promise<Answer> {
  const begun = performance.now();
  const answer = await run();
  say(`${what}: ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  return answer;
}

async function fill(): Promise<string> {
  const first = await timed('first start', () => startInstance({ folder }));
  const { credential } = first;
  await timed('documents', () => applyDocuments(first.admin, scale));
  await addPeople(first, Math.min(400, scale.agents / 25));
  await timed('stop', () => first.stop());
  await timed('store', () => fillStore(first.data, scale));
  await timed('log', () => writeLog(first, scale));
  writeFileSync(madeFile, JSON.stringify({ credential, ...scale }), { mode: 0o600 });
  return credential;
}

async function addPeople({ admin }: Instance, people: number): Promise<void> {
  for (let at = 0; at < people; at += 1) {
    const name = `person-${String(at).padStart(3, '0')}`;
    await admin.request('POST', '/v1/people', { name, roles: ['auditor'], reason: 'looks' });
  }
}

/** The index follows the logs: a page is asked of all of them. */
async function untilIndexed({ admin }: Instance): Promise<void> {
  for (;;) {
    const told: Record<string, unknown> = await admin.request('GET', '/v1/audit/index');
    if (told['behind'] === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

const kept = existsSync(madeFile)
  ? (JSON.parse(readFileSync(madeFile, 'utf8')) as ScaleOf & { credential: string })
  : undefined;
const credential = kept?.credential ?? (await fill());
const { agents, records } = kept ?? scale;
const instance = await timed('start', () => startInstance({ folder, credential }));
try {
  await timed('index', () => untilIndexed(instance));
  const [load = 0] = loadavg();
  say(`${agents} agents, ${records} records, ${cpus().length} cores, load ${load.toFixed(1)}`);
  await walk(instance, say);
} finally {
  await instance.stop();
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
