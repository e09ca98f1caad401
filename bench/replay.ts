import { setTimeout as pause } from 'node:timers/promises';
import { createControlClient } from '../sdk/index.ts';
import { childOf } from '../test/e2e/processes.ts';
import { toolCall } from './asked.ts';
import { runLoad } from './load.ts';
import { residentBytesOf } from './proc.ts';
import { Worlds } from './worlds.ts';

/**
 * How long control takes to decide so many recorded calls again, what memory that takes, and whether the
 * answers are those that are on record while nothing has changed.
 *
 *     node bench/replay.ts 100000
 */
const calls = Number(process.argv[2] ?? 100_000);
const say = (text: string) => void process.stderr.write(`  ${text}\n`);
const worlds = new Worlds(say);

type Json = Record<string, unknown>;

const rule =
  '@id("late") forbid(principal, action == Action::"bench/echo", resource) when { context.input has customer && context.input.customer == "nobody" };';

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

async function main(): Promise<void> {
  const world = await worlds.gateway();
  const { instance } = world;
  const source = world.source('bearer', () => toolCall('bench.echo'));
  let made = 0;
  while (made < calls) {
    say(`${made} of ${calls} calls`);
    const load = await runLoad(source, { connections: 32, seconds: 5, warmSeconds: 0 });
    if (load.failed > 0) throw new Error(`${load.failed} calls failed: ${load.why}`);
    made += load.calls;
  }
  await pause(5_000);
  const body = { name: 'pia', roles: ['privacy'], reason: 'a measurement' };
  const added: Json = await instance.admin.request('POST', '/v1/people', body);
  const pia = createControlClient({
    url: instance.console,
    credential: String(added['credential']),
  });
  const control = [childOf(instance.pid, 'control/main.ts')];
  for (const policies of [[], [{ name: 'late', cedar: rule }]]) {
    const before = residentBytesOf(control);
    const watch = watchMemory(control);
    const started = performance.now();
    const asked = { since: '2020-01-01T00:00:00Z', purpose: 'a measurement', policies };
    let answer: Json = await pia.request('POST', '/v1/policies/replay', asked);
    for (let on = answer['running']; isObject(on); on = answer['running']) {
      say(`${String(on['records'])} of at most ${String(on['of'])} records`);
      answer = await pia.request('GET', `/v1/policies/replays/${String(on['id'])}`);
    }
    const seconds = (performance.now() - started) / 1_000;
    const { judged, same, movedSince, records, isWhole } = answer;
    const mib = Math.round((watch.stop() - before) / 1_048_576);
    const told = { policies: policies.length, seconds, mib, records, judged, same, movedSince };
    process.stdout.write(`${JSON.stringify({ ...told, isWhole })}\n`);
  }
}

function watchMemory(pids: readonly number[]): { stop(): number } {
  let most = 0;
  const look = () => void (most = Math.max(most, residentBytesOf(pids)));
  const timer = setInterval(look, 200);
  return {
    stop() {
      look();
      clearInterval(timer);
      return most;
    },
  };
}

try {
  await main();
} finally {
  await worlds.close();
}
