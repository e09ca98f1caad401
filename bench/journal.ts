import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openJournal } from '../src/storage/journal/index.ts';
import { openFlushProbe } from './probe.ts';

/**
 * The write-ahead file beside the disk under it, in one run: a bare `O_DSYNC` write of 1 KB into
 * preallocated space is the probe; nothing that is durable can be faster.
 *
 *     node bench/journal.ts [-o json] [--folder DIR] [--seconds N]
 */
const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    folder: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '1.5' },
  },
});

const milliseconds = Number(values.seconds) * 1000;
const folder = mkdtempSync(join(values.folder, 'bench-journal-'));
const record = Buffer.alloc(1000, 'x');
const target = { perSecondPerCore: 40_000, p50OfProbe: 1.6 };

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Events a core could take: by CPU time, of all threads of this process. */
  readonly perCoreSecond: number;
}

function summary(latencies: number[], elapsedMs: number, cpu: NodeJS.CpuUsage): Measured {
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  return {
    perSecond: Math.round((latencies.length / elapsedMs) * 1000),
    p50Ms: Number(at(0.5).toFixed(4)),
    p99Ms: Number(at(0.99).toFixed(4)),
    perCoreSecond: Math.round(latencies.length / cpuSeconds),
  };
}

/** As many callers, each asking again as soon as it was answered. */
async function closedLoop(
  callers: number,
  duration: number,
  work: () => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  async function caller(): Promise<void> {
    for (;;) {
      const before = performance.now();
      if (before - start > duration) return;
      await work();
      latencies.push(performance.now() - before);
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return summary(latencies, performance.now() - start, process.cpuUsage(cpu));
}

async function measure(): Promise<Record<string, unknown>> {
  const probe = openFlushProbe(folder);
  const flush = (duration: number) => closedLoop(1, duration, () => probe.write());
  const journal = await openJournal({ folder: join(folder, 'journal') });
  const append = (): Promise<unknown> =>
    journal.append([{ kind: 'leaf', tenant: 'main', retention: 'standard', bytes: record }]);
  await flush(200);
  await closedLoop(8, 200, append);
  // A disk has moods: probe and single caller take turns, so that both meet the same ones.
  const turns = 5;
  const probes: Measured[] = [];
  const singles: Measured[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    probes.push(await flush(milliseconds / turns));
    singles.push(await closedLoop(1, milliseconds / turns, append));
  }
  const at32 = await closedLoop(32, milliseconds, append);
  const at256 = await closedLoop(256, milliseconds, append);
  await journal.close();
  probe.close();
  const probed = middle(probes);
  const at1 = middle(singles);
  return {
    probe: probed,
    callers1: at1,
    callers32: at32,
    callers256: at256,
    ...verdict(probed, at1, at32),
  };
}

function middle(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.p50Ms - b.p50Ms);
  const found = sorted[Math.floor(sorted.length / 2)];
  if (found === undefined) throw new Error('no runs');
  return found;
}

function verdict(probed: Measured, at1: Measured, at32: Measured): Record<string, unknown> {
  const p50OfProbe = Number((at1.p50Ms / probed.p50Ms).toFixed(2));
  return {
    p50OfProbe,
    target,
    met: p50OfProbe <= target.p50OfProbe && at32.perCoreSecond > target.perSecondPerCore,
  };
}

try {
  const result = await measure();
  if (values.output === 'json') console.log(JSON.stringify({ bench: 'journal', ...result }));
  else console.table(result);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
