import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../src/kernel/digest.ts';
import { newId } from '../src/kernel/ids.ts';
import { type Journal, type JournalFrame } from '../src/contracts/journal.ts';
import { openJournal } from '../src/storage/journal/index.ts';
import { admitLogs, startIntegrator } from '../src/storage/tiles/index.ts';

/**
 * What the worker that moves records into logs costs: CPU of its thread, and bytes that it has
 * written, by record; at a pace, as fast as it can, and with nothing to do. Then a second start.
 *
 *     node bench/log-worker.ts [--pace CALLS] [--seconds N] [--records N] [--folder DIR] [-o json]
 *
 * A call is two appends, each of a record and a sealed body. Linux only: it reads `/proc`.
 */
const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    folder: { type: 'string', default: tmpdir() },
    pace: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '10' },
    records: { type: 'string', default: '100000' },
  },
});

const folder = mkdtempSync(join(values.folder, 'bench-log-worker-'));
const place = {
  journalFolder: join(folder, 'journal'),
  logRoot: join(folder, 'log'),
  ratchetFolder: join(folder, 'keys'),
  writer: 'gateway-1',
};
const { privateKey } = generateKeyPairSync('ed25519');
const filler = 'x'.repeat(1040);
const body = Buffer.alloc(500, 'y');
const recordsPerCall = 2;

function frames(): JournalFrame[] {
  const of = { tenant: 'main', retention: 'standard' } as const;
  const bytes = Buffer.from(`{"filler":"${filler}","id":"${newId(Date.now())}"}`, 'utf8');
  const sealed = Buffer.from(body);
  sealed.write(newId(Date.now()));
  return [
    { kind: 'leaf', ...of, bytes },
    { kind: 'payload', ...of, bytes: sealed },
  ];
}
const keptPerRecord = frames().reduce((sum, { bytes }) => sum + bytes.length, 0);

const tasks = (): string[] => readdirSync('/proc/self/task');

/** CPU time of one thread in µs, and bytes that it has sent to the disk. */
function spentBy(task: string): { readonly cpuUs: number; readonly written: number } {
  const [ns] = readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ');
  const io = readFileSync(`/proc/self/task/${task}/io`, 'utf8');
  return { cpuUs: Number(ns) / 1000, written: Number(/^write_bytes: (\d+)/mu.exec(io)?.[1]) };
}

function start() {
  const { name } = admitLogs({ ...place, originPrefix: 'bailiwick.local', now: Date.now() });
  return startIntegrator({
    ...place,
    name,
    signerKeyPkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
    onError: (error) => {
      throw error;
    },
  });
}

/** Runs `work`, which says how many records it wrote, and what the thread spent on each. */
async function measure(task: string, work: () => Promise<number>): Promise<Record<string, number>> {
  const hashUs = yardstick();
  const before = spentBy(task);
  const began = performance.now();
  const records = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = spentBy(task);
  const cpuUs = after.cpuUs - before.cpuUs;
  const written = after.written - before.written;
  const coreShare = { percentOfACore: round(cpuUs / seconds / 10_000, 3) };
  if (records === 0) return coreShare;
  return {
    recordsPerSecond: round(records / seconds, 0),
    cpuUsPerRecord: round(cpuUs / records, 2),
    writtenPerRecord: round(written / records, 0),
    writtenOverKept: round(written / records / keptPerRecord, 2),
    ...coreShare,
    hashUs: round((hashUs + yardstick()) / 2, 2),
  };
}

/** CPU µs of a SHA-256 over 1 KB just now: figures of a busy machine are read beside it. */
function yardstick(): number {
  const bytes = Buffer.alloc(1024, 'z');
  const times = 20_000;
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) sha256Hex(bytes);
  const { user, system } = process.cpuUsage(before);
  return round((user + system) / times, 3);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** How long each append of the last paced run took: what the worker does to the disk shows here. */
const appendMs: number[] = [];

async function append(journal: Journal): Promise<void> {
  const began = performance.now();
  await journal.append(frames());
  appendMs.push(performance.now() - began);
}

function latencies(): Record<string, number> {
  const sorted = appendMs.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(sorted.length * share)] ?? 0, 3);
  return { appendP50Ms: at(0.5), appendP99Ms: at(0.99) };
}

async function paced(journal: Journal, calls: number, seconds: number): Promise<number> {
  appendMs.length = 0;
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < seconds * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * calls);
    for (; done < due; done += 1) {
      await append(journal);
      await append(journal);
    }
    await pause(2);
  }
  return done * recordsPerCall;
}

async function asFastAsItCan(
  journal: Journal,
  records: number,
  flush: () => Promise<void>,
): Promise<number> {
  const batch = 256;
  for (let done = 0; done < records; done += batch) {
    await Promise.all(Array.from({ length: batch }, () => journal.append(frames())));
  }
  await flush();
  return records;
}

async function main(): Promise<Record<string, unknown>> {
  const known = new Set(tasks());
  const running = start();
  await running.flush();
  const journal = await openJournal({ folder: place.journalFolder });
  const seconds = Number(values.seconds);
  // The thread that has used most since it began is the worker's; others are V8's.
  const [task = ''] = tasks()
    .filter((one) => !known.has(one))
    .sort((a, b) => spentBy(b).cpuUs - spentBy(a).cpuUs);
  await paced(journal, Number(values.pace), 2);
  const result: Record<string, unknown> = {
    paced: {
      ...(await measure(task, () => paced(journal, Number(values.pace), seconds))),
      ...latencies(),
    },
    idle: await measure(task, async () => {
      await pause(seconds * 1000);
      return 0;
    }),
    full: await measure(task, () =>
      asFastAsItCan(journal, Number(values.records), () => running.flush()),
    ),
  };
  await journal.close();
  await running.stop();
  const began = performance.now();
  const again = start();
  await again.flush();
  result['secondStart'] = { ms: round(performance.now() - began, 1) };
  await again.stop();
  return { keptPerRecord, rssMb: round(process.memoryUsage.rss() / 2 ** 20, 0), ...result };
}

try {
  const result = await main();
  if (values.output === 'json') console.log(JSON.stringify({ bench: 'log-worker', ...result }));
  else console.table(result);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
