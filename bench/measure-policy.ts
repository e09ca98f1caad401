import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toolCall } from './asked.ts';
import { figure } from './draw.ts';
import { runLoad } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import type { PolicyMeasured } from './policy.ts';
import { ratios, spreadOf } from './statistics.ts';

/** The policy part alone, in a process of its own, beside the bare proxy's CPU of a call. */
export async function measurePolicy(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, seconds, say } = asked;
  const running = await worlds.proxy(worlds.upstream());
  const bare = { url: running.url, pids: () => [running.pid], next: () => toolCall('echo') };
  const bareUs: number[] = [];
  const policies: (readonly PolicyMeasured[])[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    say(`policy alone, round ${round + 1}`);
    const options = { connections: 32, seconds, warmSeconds: 0.5 };
    bareUs.push((await runLoad(bare, options)).cpuUs);
    policies.push(runPolicy());
  }
  const of = (rules: number) =>
    policies.map((all) => all.find((one) => one.rules === rules)?.newQuestionUs ?? Number.NaN);
  return {
    figures: Object.fromEntries(
      [3, 50, 500].map((rules) => [`policy-${rules}`, spreadOf(ratios(of(rules), bareUs))]),
    ),
    lines: [3, 50, 500].map(
      (rules) => `policy, ${rules} rules, new question: ${figure(spreadOf(of(rules)).median)} µs`,
    ),
  };
}

function runPolicy(): readonly PolicyMeasured[] {
  const entry = fileURLToPath(new URL('./policy.ts', import.meta.url));
  const flags = ['--no-turbo-inline-js-wasm-calls', '--disable-warning=ExperimentalWarning'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, entry, '-o', 'json'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`bench/policy.ts failed: ${stderr}`);
  return (JSON.parse(stdout) as { readonly policies: readonly PolicyMeasured[] }).policies;
}
