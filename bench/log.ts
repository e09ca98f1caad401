import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import { newId } from '#kernel/ids.ts';
import { openJournal } from '#storage/journal/index.ts';
import { admitLogs, startIntegrator } from '#storage/tiles/index.ts';
import { openFlushProbe } from './probe.ts';
import { diskBytesBelow } from './proc.ts';
import { writeBetweenMarks } from './write.ts';

/**
 * The log alone, as a gateway has it: a write-ahead file and the thread that moves records into tiles, under so many
 * callers, each beside a bare flush of the same moment; then all of it verified.
 *
 *     node bench/log.ts [--callers 1,8,64,512] [--seconds N] [--folder DIR] [--write FILE] [-o json]
 *
 * Linux only: it reads `/proc`. What the index makes of a log is `bench/record-index.ts`.
 */
const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    folder: { type: 'string', default: tmpdir() },
    callers: { type: 'string', default: '1,8,64,512' },
    seconds: { type: 'string', default: '4' },
    write: { type: 'string' },
  },
});

const folder = mkdtempSync(join(values.folder, 'bench-log-'));
const place = {
  journalFolder: join(folder, 'journal'),
  logRoot: join(folder, 'log'),
  ratchetFolder: join(folder, 'keys'),
  writer: 'gateway-1',
};
const filler = 'x'.repeat(950);
const milliseconds = Number(values.seconds) * 1_000;
/** Of a machine with other work these figures say little: it is told along. */
const load = round(loadavg()[0] ?? Number.NaN, 1);

/** A record of some 1 KB, with nothing in it that a check would miss. */
const leaf = () => ({
  kind: 'leaf' as const,
  tenant: 'main',
  retention: 'standard',
  bytes: Buffer.from(`{"filler":"${filler}","id":"${newId(Date.now())}"}`, 'utf8'),
});

interface Row {
  readonly callers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly probeP50Ms: number;
  readonly p50OverProbe: number;
  readonly cpuUsARecord: number;
  readonly writtenBytesARecord: number;
  readonly residentMiB: number;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** As many callers, each asking again as soon as it was answered. */
async function closedLoop(callers: number, duration: number, work: () => Promise<unknown>) {
  const took: number[] = [];
  const began = performance.now();
  const caller = async (): Promise<void> => {
    for (let before = began; before - began < duration; ) {
      before = performance.now();
      await work();
      took.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { took: took.sort((a, b) => a - b), elapsedMs: performance.now() - began };
}

/** What the files below it take of the disk. */
function takenBytes(below: string): number {
  const entries = readdirSync(below, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => {
    return sum + statSync(join(parentPath, name)).blocks * 512;
  }, 0);
}

interface Opened {
  readonly append: () => Promise<unknown>;
  readonly flushed: () => Promise<void>;
  readonly probe: () => Promise<void>;
}

/** The probe before and after: what the disk takes is the middle of both. */
async function rowOf(callers: number, { append, flushed, probe }: Opened): Promise<Row> {
  const before = await closedLoop(1, milliseconds / 8, probe);
  await flushed();
  const cpu = process.cpuUsage();
  const written = diskBytesBelow(folder);
  const { took, elapsedMs } = await closedLoop(callers, milliseconds, append);
  await flushed();
  // Whatever the thread of the log still had to do for these records is theirs.
  const { user, system } = process.cpuUsage(cpu);
  const grown = diskBytesBelow(folder) - written;
  const after = await closedLoop(1, milliseconds / 8, probe);
  const probed = [...before.took, ...after.took].sort((a, b) => a - b);
  const probeP50Ms = at(probed, 0.5);
  const p50 = at(took, 0.5);
  return {
    callers,
    perSecond: Math.round((took.length / elapsedMs) * 1_000),
    p50Ms: round(p50, 3),
    p99Ms: round(at(took, 0.99), 3),
    probeP50Ms: round(probeP50Ms, 3),
    p50OverProbe: round(p50 / probeP50Ms, 2),
    cpuUsARecord: round((user + system) / took.length, 1),
    writtenBytesARecord: Math.round(grown / took.length),
    residentMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

async function main() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { name } = admitLogs({ ...place, originPrefix: 'bailiwick.local', now: Date.now() });
  const integrator = startIntegrator({
    ...place,
    name,
    signerKeyPkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
    onError: (error) => {
      throw error;
    },
  });
  await integrator.flush();
  const journal = await openJournal({ folder: place.journalFolder });
  const probe = openFlushProbe(values.folder);
  const opened: Opened = {
    append: () => journal.append([leaf()]),
    flushed: () => integrator.flush(),
    probe: () => probe.write(),
  };
  await closedLoop(8, 500, opened.append);
  const rows: Row[] = [];
  for (const callers of values.callers.split(',').map(Number)) {
    rows.push(await rowOf(callers, opened));
  }
  await journal.close();
  await integrator.stop();
  probe.close();
  return { rows, ...verified() };
}

/** By the product's own verifier, from the first byte. */
function verified() {
  const began = performance.now();
  const { logs } = verifyLogs(place.logRoot);
  const seconds = (performance.now() - began) / 1_000;
  const records = Number(logs[0]?.['size']);
  if (!Number.isSafeInteger(records))
    throw new Error(`it does not verify: ${JSON.stringify(logs)}`);
  return {
    records,
    verifiedPerSecond: Math.round(records / seconds),
    diskBytesARecord: Math.round(takenBytes(place.logRoot) / records),
    bytesARecord: leaf().bytes.length,
  };
}

function drawn({ rows, ...rest }: Awaited<ReturnType<typeof main>>): string {
  const head =
    '| callers | records/s | p50 | p99 | flush p50 | p50 / flush | CPU a record | written a record | resident |';
  const line = '|---:|---:|---:|---:|---:|---:|---:|---:|---:|';
  const body = rows.map(
    (row) =>
      `| ${row.callers} | ${row.perSecond} | ${row.p50Ms} ms | ${row.p99Ms} ms | ${row.probeP50Ms} ms | ${row.p50OverProbe} | ${row.cpuUsARecord} µs | ${row.writtenBytesARecord} B | ${row.residentMiB} MiB |`,
  );
  return [
    head,
    line,
    ...body,
    '',
    `Records of ${rest.bytesARecord} bytes; ${rest.records} of them lie on the disk at ${rest.diskBytesARecord} bytes each, and verify at ${rest.verifiedPerSecond} a second. CPU is of the whole process, the load too; written is what the disk was given meanwhile, by anybody. ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; load ${load} at the beginning.`,
  ].join('\n');
}

try {
  const result = await main();
  if (values.output === 'json') console.log(JSON.stringify({ bench: 'log', load, ...result }));
  else console.log(drawn(result));
  const { write: file } = values;
  if (file !== undefined) writeBetweenMarks(file, drawn(result), 'node bench/log.ts --write');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
