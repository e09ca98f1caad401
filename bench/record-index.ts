/**
 * The index of the records alone: `node bench/record-index.ts [RECORDS]`. Writes a log, indexes it, makes the index
 * anew, and asks it; figures, nothing is asserted.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime, systemClock } from '#kernel/time.ts';
import { isBackground, parseRecord, refused } from '#planes/audit/index.ts';
import { IndexKeeper, termsVersion } from '#planes/query/index.ts';
import { isTorn, openRecordIndexes } from '#storage/record-index/index.ts';
import { keptLogReaders, openLogWriter } from '#storage/tiles/index.ts';
import { draftOf } from '../test/fakes/record-drafts.ts';

const records = Number(process.argv[2] ?? 20_000);
const root = mkdtempSync(join(tmpdir(), 'bench-index-'));
const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
const publicKey = key.export({ type: 'spki', format: 'der' }).subarray(-32);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Of 500 agents, 200 tools and as many subjects as a hundredth of the records: a year of them. */
function leafOf(at: number): Uint8Array {
  const time = 1_760_000_000_000 + Math.floor((at * 31_536_000_000) / records);
  const call = newId(time);
  const draft = draftOf('policy.intent', {
    call,
    actors: [
      { kind: 'human', name: `subject-${(at * 7_919) % Math.ceil(records / 100)}` },
      { kind: 'agent', name: `agent-${at % 500}` },
    ],
    session: `session-${Math.floor(at / 50)}`,
    task: `task-${Math.floor(at / 200)}`,
    target: {
      target: `tool:server-${at % 20}/tool-${at % 200}`,
      digest: 'a'.repeat(64),
      effectClass: 'write',
    },
    trace: `00-${call.replaceAll('-', '')}-${'b'.repeat(16)}-01`,
  });
  const frame = { id: newId(time), monotonicUs: at, schema: 2, sequence: at + 1, writer: 'bench' };
  return canonicalBytes({ ...draft, ...frame, time: isoTime(time) } as unknown as JsonObject);
}

function writeLog(): void {
  const folder = join(root, 'log', 'main', 'standard', 'bench');
  const origin = 'bailiwick.local/main/standard/bench';
  const signer = {
    publicKey,
    sign: (bytes: Uint8Array) => sign(null, bytes, privateKey),
  };
  const log = openLogWriter({ folder, origin, signer });
  for (let from = 0; from < records; from += 4_096) {
    const count = Math.min(4_096, records - from);
    log.append(
      'ab'.repeat(16),
      Array.from({ length: count }, (_, at) => ({
        kind: 'leaf' as const,
        bytes: leafOf(from + at),
        position: { segment: 1, offset: from + at + 1 },
      })),
    );
  }
  log.publish();
}

function open(): IndexKeeper {
  return new IndexKeeper({
    indexes: openRecordIndexes({ folder: join(root, 'index'), publicKey, termsVersion }),
    logs: keptLogReaders(join(root, 'log'), publicKey),
    parse: parseRecord,
    judge: { refused, isBackground },
    clock: systemClock,
    isTorn,
    onRebuild: () => undefined,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

function catchUp(keeper: IndexKeeper, what: string): void {
  const begun = performance.now();
  while (keeper.step() > 0);
  const ms = performance.now() - begun;
  const { behind, fault } = keeper.state('main');
  if (behind > 0) throw new Error(`it did not come to the end: ${fault ?? behind}`);
  say(`${what}: ${Math.round((records * 1_000) / ms)} records/s`);
}

async function ask(keeper: IndexKeeper, query: string, most: number): Promise<void> {
  const took: number[] = [];
  let found = 0;
  for (let round = 0; round < 15; round += 1) {
    const begun = performance.now();
    const answer = await keeper.answer({
      tenant: 'main',
      query: query.replace('*', String(round)),
      view: undefined,
      newestFirst: true,
      most,
      cursor: undefined,
      counted: false,
    });
    took.push(performance.now() - begun);
    found = answer.records.length;
  }
  took.sort((a, b) => a - b);
  const ms = (at: number) => `${(took[at] ?? 0).toFixed(1)} ms`;
  say(`${query} (${found} records): middle ${ms(7)}, slowest ${ms(14)}`);
}

try {
  writeLog();
  const keeper = open();
  catchUp(keeper, 'index');
  keeper.rebuild('main');
  catchUp(keeper, 'rebuild');
  const bytes = statSync(join(root, 'index', 'main.sqlite')).size;
  say(`on the disk: ${Math.round(bytes / records)} bytes a record`);
  say(`memory: ${Math.round(process.memoryUsage().rss / 1_048_576)} MiB`);
  await ask(keeper, 'subject:subject-*', 10);
  await ask(keeper, 'subject:subject-*', 100);
  await ask(keeper, 'agent:agent-* since:30d', 100);
  await ask(keeper, 'agent:agent-* tool:server-1/tool-1', 100);
  await ask(keeper, 'decision:allow -agent:agent-1', 100);
  keeper.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}
