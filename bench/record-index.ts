/**
 * The index of the records alone: `node bench/record-index.ts [RECORDS] [--rebuild]`. Writes a log, indexes it, with
 * `--rebuild` makes the index anew, and asks it; figures, nothing is asserted.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime, systemClock } from '#kernel/time.ts';
import { isBackground, parseRecord, refused } from '#planes/audit/index.ts';
import { IndexKeeper, termsVersion } from '#planes/query/index.ts';
import { isTorn, openRecordIndexes } from '#storage/record-index/index.ts';
import { keptLogReaders, openLogWriter } from '#storage/tiles/index.ts';
import { callId, intent, outcome } from './call-drafts.ts';

const records = Number(process.argv[2] ?? 20_000);
const subjects = Math.ceil(records / 100);
const yearMs = 31_536_000_000;
const begun = Date.now() - yearMs - 60_000;
const root = mkdtempSync(join(tmpdir(), 'bench-index-'));
const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
const publicKey = key.export({ type: 'spki', format: 'der' }).subarray(-32);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * A year of calls, each an intent and an outcome, of 500 agents, 200 tools and as many subjects as a hundredth of the
 * records. INVARIANT: records of one subject lie as far apart as they can, each call in a bundle of its own.
 */
function leafOf(at: number): Uint8Array {
  const call = Math.floor(at / 2);
  const time = begun + Math.floor((call * 2 * yearMs) / records) + (at % 2);
  const id = sha256Hex(`call ${call}`);
  const draft = {
    ...(at % 2 === 0 ? intent : outcome),
    call: callId(id),
    actors: [
      { kind: 'human', name: `subject-${(call * 7_919) % subjects}` },
      { kind: 'agent', name: `agent-${call % 500}` },
    ],
    session: `session-${Math.floor(call / 25)}`,
    task: `task-${Math.floor(call / 100)}`,
    target: {
      target: `tool:server-${call % 20}/tool-${call % 200}`,
      digest: 'a'.repeat(64),
      effectClass: 'write',
    },
    trace: `00-${id.slice(0, 32)}-${'b'.repeat(16)}-01`,
  };
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

function catchUp(keeper: IndexKeeper): void {
  while (keeper.step() > 0);
  const { behind, fault } = keeper.state('main');
  if (behind > 0) throw new Error(`it did not come to the end: ${fault ?? behind}`);
}

interface Asked {
  readonly query: string;
  readonly most: number;
}

const rounds = 40;

/** The same questions twice: first as nobody asked them since the start, then as somebody just did. */
async function ask(keeper: IndexKeeper, { query, most }: Asked): Promise<void> {
  const found = new Set<number>();
  for (const state of ['first', 'again']) {
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now();
      const answer = await keeper.answer({
        tenant: 'main',
        query: query.replace('*', String((round * 997) % subjects)),
        view: undefined,
        newestFirst: true,
        most,
        cursor: undefined,
        counted: false,
      });
      took.push(performance.now() - begun);
      found.add(answer.records.length);
    }
    took.sort((a, b) => a - b);
    const ms = (part: number) => `${(took[Math.floor(rounds * part)] ?? 0).toFixed(1)} ms`;
    const counts = [...found].sort((a, b) => a - b).join(' or ');
    say(`${query}, ${counts} records, ${state}: p50 ${ms(0.5)}, p95 ${ms(0.95)}`);
  }
}

async function askAll(): Promise<void> {
  const questions: readonly Asked[] = [
    { query: 'subject:subject-*', most: 10 },
    { query: 'subject:subject-*', most: 100 },
    { query: 'agent:agent-1 since:30d', most: 100 },
    { query: 'agent:agent-1 tool:server-1/tool-1', most: 100 },
    { query: 'decision:allow -agent:agent-1', most: 100 },
  ];
  for (const question of questions) {
    // A keeper of its own: nothing that one question read serves the next.
    const keeper = open();
    await ask(keeper, question);
    keeper.close();
  }
}

function timed(what: string, work: () => void): void {
  const begun = performance.now();
  work();
  const ms = performance.now() - begun;
  say(`${what}: ${(ms / 1_000).toFixed(1)} s, ${Math.round((records * 1_000) / ms)} records/s`);
}

try {
  // What a machine with other work says is that machine's: it is told along.
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  say(`${records} records; ${machine}; load ${loadavg()[0]?.toFixed(1)} at the beginning`);
  timed('log', writeLog);
  const keeper = open();
  timed('index', () => catchUp(keeper));
  if (process.argv.includes('--rebuild')) {
    keeper.rebuild('main');
    timed('rebuild', () => catchUp(keeper));
  }
  const bytes = statSync(join(root, 'index', 'main.sqlite')).size;
  say(`on the disk: ${Math.round(bytes / records)} bytes a record`);
  const { maxRSS } = process.resourceUsage();
  const [now, most] = [process.memoryUsage().rss / 1_048_576, maxRSS / 1_024];
  say(`memory: ${Math.round(now)} MiB, ${Math.round(most)} MiB at most, writing the log too`);
  keeper.close();
  await askAll();
} finally {
  rmSync(root, { recursive: true, force: true });
}
