import { toolCall } from './asked.ts';
import { figure } from './draw.ts';
import { type LoadOptions, runLoad, type Source } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { threadCpuUs } from './proc.ts';
import { median, ratios, spreadOf } from './statistics.ts';

/** As it calls its thread; see `src/storage/tiles/integrator.ts`. */
const thread = 'integrator';
const perSecond = 300;

/** The log's own thread, at a pace that leaves it time and at one that does not. */
export async function measureWorker(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, seconds, say } = asked;
  const governed = (await worlds.gateway()).source('bearer', () => toolCall('bench.echo'));
  const running = await worlds.proxy(worlds.upstream());
  const bare = { url: running.url, pids: () => [running.pid], next: () => toolCall('echo') };
  const warmed = { connections: 32, warmSeconds: 0.5 };
  const loads = {
    paced: { ...warmed, seconds: Math.max(seconds, 3), perSecond },
    full: { ...warmed, seconds },
  };
  const seen = { paced: noRounds(), full: noRounds() };
  for (let round = 0; round < rounds; round += 1) {
    say(`log worker, round ${round + 1} of ${rounds}`);
    for (const pace of ['paced', 'full'] as const) {
      seen[pace].bare.push((await runLoad(bare, loads[pace])).cpuUs);
      seen[pace].worker.push(await workerUs(governed, loads[pace]));
    }
  }
  const told = (pace: 'paced' | 'full') =>
    `${figure(median(seen[pace].worker))} µs (bare ${figure(median(seen[pace].bare))})`;
  return {
    figures: {
      'worker-paced': spreadOf(ratios(seen.paced.worker, seen.paced.bare)),
      'worker-full': spreadOf(ratios(seen.full.worker, seen.full.bare)),
    },
    lines: [
      `log worker, CPU a call: ${told('paced')} at ${perSecond} calls/s; ${told('full')} at full load`,
    ],
  };
}

function noRounds(): { readonly bare: number[]; readonly worker: number[] } {
  return { bare: [], worker: [] };
}

async function workerUs(source: Source, options: LoadOptions): Promise<number> {
  // Warmed apart, so that what is counted is what the measured calls made.
  await runLoad(source, { ...options, seconds: options.warmSeconds, warmSeconds: 0 });
  const before = usOf(source);
  const { calls, failed, why } = await runLoad(source, { ...options, warmSeconds: 0 });
  if (failed > 0) throw new Error(`${failed} calls failed: ${why}`);
  return (usOf(source) - before) / calls;
}

function usOf(source: Source): number {
  const us = threadCpuUs(source.pids()).get(thread);
  if (us === undefined) throw new Error(`no thread of the gateway is called ${thread}`);
  return us;
}
