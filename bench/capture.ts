import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { toolCall } from './asked.ts';
import { figure, table } from './draw.ts';
import { type Measured, runLoad } from './load.ts';
import { type CpuProfile, type Grouped, groupProfile, type Share } from './profile.ts';
import type { Credential, Worlds } from './worlds.ts';

export interface CaptureOptions {
  /** Where the profiles are left, to be opened in a browser's tools. */
  readonly folder: string;
  readonly credential: Credential;
  readonly connections: number;
  readonly seconds: number;
}

const threads = ['main', 'integrator'];
const patienceMs = 20_000;
const most = 18;

/** A gateway of its own that profiles itself under load, and where its time went. */
export async function captureProfile(worlds: Worlds, options: CaptureOptions): Promise<string> {
  const { folder, credential, connections, seconds } = options;
  mkdirSync(folder, { recursive: true });
  const target = join(folder, `${credential}-${connections}`);
  // What an earlier run left must not be read as what this one wrote.
  for (const thread of threads) rmSync(fileOf(target, thread), { force: true });
  const preload = new URL('profiled.ts', import.meta.url);
  const env = { BENCH_PROFILE: target, NODE_OPTIONS: `--import=${preload.href}` };
  const world = await worlds.gateway({ env });
  const source = world.source(credential, () => toolCall('bench.echo'));
  const load = { connections, warmSeconds: 0 };
  await runLoad(source, { ...load, seconds: 3 });
  const [pid] = world.pids();
  if (pid === undefined) throw new Error('the gateway process was not found');
  process.kill(pid, 'SIGUSR2');
  const measured = await runLoad(source, { ...load, seconds });
  process.kill(pid, 'SIGUSR2');
  const drawn = [`## ${credential}, ${connections} connections`, summary(measured)];
  for (const thread of threads) {
    const file = fileOf(target, thread);
    const grouped = groupProfile(await readProfile(file));
    drawn.push(`### thread ${thread} (${file})`, drawGrouped(grouped, measured.calls));
  }
  return drawn.join('\n\n');
}

function fileOf(target: string, thread: string): string {
  return `${target}.${thread}.cpuprofile`;
}

/** Written by another process: it is whole when it can be read. */
async function readProfile(file: string): Promise<CpuProfile> {
  const until = Date.now() + patienceMs;
  for (;;) {
    await pause(200);
    try {
      if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
    } catch {
      // Half written.
    }
    if (Date.now() > until) throw new Error(`the gateway wrote no ${file}`);
  }
}

function summary(measured: Measured): string {
  const { calls, callsPerSecond, p50Ms, p99Ms, cpuUs, failed, why } = measured;
  const troubles = failed === 0 ? '' : `, FAILED ${failed}: ${why}`;
  return `${calls} calls under the profiler, ${figure(callsPerSecond)} calls/s, p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms, ${figure(cpuUs)} µs of CPU a call${troubles}. V8 counts time, not CPU: who waits for the disk in a synchronous call, or for a core, counts as busy`;
}

export function drawGrouped(grouped: Grouped, calls: number): string {
  const { busyUs, stages, rooms, internals, functions } = grouped;
  const section = (what: string, shares: readonly Share[]) =>
    table(
      [what, 'self %', 'self µs a call', 'with what it calls %', 'µs a call'],
      shares
        .slice(0, most)
        .map(({ label, selfUs, inclusiveUs }) => [
          label,
          figure((selfUs / busyUs) * 100),
          figure(selfUs / calls),
          figure((inclusiveUs / busyUs) * 100),
          figure(inclusiveUs / calls),
        ]),
    );
  return [
    `busy for ${figure(busyUs / calls)} µs a call`,
    section('stage', stages),
    section('room or package', rooms),
    section('node and V8', internals),
    section(
      'function, by its own time',
      functions.toSorted((a, b) => b.selfUs - a.selfUs),
    ),
  ].join('\n\n');
}
