import { spawnSync } from 'node:child_process';
import { startInstance } from '../test/e2e/instance.ts';
import { toolCall } from './asked.ts';
import { figure } from './draw.ts';
import { runLoad } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { median, ratios, spreadOf } from './statistics.ts';

/** A governed call leaves an intent and an outcome. */
const recordsACall = 2;
const sliceSeconds = 5;

/** How long a gateway that has a log already takes until it serves. */
export async function measureStart(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, records, say } = asked;
  const world = await worlds.gateway({ tag: 'start' });
  const source = world.source('bearer', () => toolCall('bench.echo'));
  let written = 0;
  while (written < records) {
    say(`filling the log: ${written} of ${records} records`);
    const options = { connections: 32, seconds: sliceSeconds, warmSeconds: 0 };
    const { calls, failed, why } = await runLoad(source, options);
    if (failed > 0) throw new Error(`${failed} calls failed: ${why}`);
    written += calls * recordsACall;
  }
  const { folder, credential } = world.instance;
  await world.instance.stop();
  const starts: number[] = [];
  const nodes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    say(`second start, round ${round + 1} of ${rounds}`);
    nodes.push(nodeStartMs());
    const started = performance.now();
    const again = await startInstance({ folder, credential });
    starts.push(performance.now() - started);
    await again.stop();
  }
  return {
    figures: { 'second-start': spreadOf(ratios(starts, nodes)) },
    lines: [
      `second start with ${written} records: ${figure(median(starts))} ms; \`node -e 0\`: ${figure(median(nodes))} ms`,
    ],
  };
}

function nodeStartMs(): number {
  const started = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - started;
}
