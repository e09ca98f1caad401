import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toolCall } from './asked.ts';
import { figure } from './draw.ts';
import type { FlowMeasured } from './flow.ts';
import { runLoad } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { ratios, spreadOf } from './statistics.ts';

const sizes = [50, 2_000] as const;

/** What flow takes of a call, in a process of its own, beside the bare proxy's CPU of a call. */
export async function measureFlow(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, seconds, say } = asked;
  const running = await worlds.proxy(worlds.upstream());
  const bare = { url: running.url, pids: () => [running.pid], next: () => toolCall('echo') };
  const bareUs: number[] = [];
  const flows: (readonly FlowMeasured[])[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    say(`flow alone, round ${round + 1}`);
    const options = { connections: 32, seconds, warmSeconds: 0.5 };
    bareUs.push((await runLoad(bare, options)).cpuUs);
    flows.push(runFlow());
  }
  const of = (results: number, what: 'callUs' | 'readUs' | 'keptBytes') =>
    flows.map((all) => all.find((one) => one.results === results)?.[what] ?? Number.NaN);
  return {
    figures: Object.fromEntries(
      sizes.map((size) => [`flow-${size}`, spreadOf(ratios(of(size, 'callUs'), bareUs))]),
    ),
    lines: sizes.map((size) => {
      const [call, read] = [spreadOf(of(size, 'callUs')), spreadOf(of(size, 'readUs'))];
      const kept = spreadOf(of(size, 'keptBytes')).median / 1_048_576;
      return `flow, ${size} results in the task: ${figure(call.median)} µs a call where every second one acts, ${figure(read.median)} µs where none does; ${figure(kept)} MB`;
    }),
  };
}

function runFlow(): readonly FlowMeasured[] {
  const entry = fileURLToPath(new URL('./flow.ts', import.meta.url));
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, entry, '-o', 'json'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`bench/flow.ts failed: ${stderr}`);
  return (JSON.parse(stdout) as { readonly flows: readonly FlowMeasured[] }).flows;
}
