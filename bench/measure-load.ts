import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../test/e2e/instance.ts';
import { toolCall } from './asked.ts';
import { figure } from './draw.ts';
import { runLoad } from './load.ts';
import { everyHealth } from './health.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { diskBytesBelow, residentBytesOf } from './proc.ts';
import { median, spreadOf } from './statistics.ts';

const mib = 1024 * 1024;
/** A log that has not grown for so long has taken what was promised. */
const quietMs = 3_000;
const patienceMs = 30_000;
/** How often it is looked at. */
const everyMs = 1_000;

/** One gateway of its own under full load, looked at every second. */
export async function measureLoad(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, minutes, say } = asked;
  const world = await worlds.gateway({ tag: 'load' });
  const source = world.source('bearer', () => toolCall('bench.echo'));
  say(`full load for ${figure(minutes)} minutes`);
  const options = { connections: 32, seconds: minutes * 60, warmSeconds: 0 };
  // What the first calls compile and allocate is no growth.
  await runLoad(source, { ...options, seconds: Math.min(10, minutes * 30) });
  const pids = world.pids();
  const kept = await keptBytes(world.instance);
  const { data } = world.instance;
  const written = diskBytesBelow(data);
  const looking = look(world.instance, pids);
  const { calls, failed, why } = await runLoad(source, options);
  const { resident, delaysMs } = await looking.stop();
  if (failed > 0) throw new Error(`${failed} calls failed: ${why}`);
  const keptACall = ((await keptBytes(world.instance)) - kept) / calls;
  const writtenACall = (diskBytesBelow(data) - written) / calls;
  const [start, middle, end] = thirds(resident);
  return {
    figures: {
      memory: spreadOf([end / middle]),
      'loop-delay': spreadOf(delaysMs),
      disk: spreadOf([writtenACall / keptACall]),
    },
    lines: [
      `memory of the gateway over ${figure(minutes)} minutes (${calls} calls): ${figure(start / mib)} MiB in the first third, ${figure(middle / mib)} in the middle, ${figure(end / mib)} at the end`,
      `disk: ${figure(writtenACall)} bytes written a call, ${figure(keptACall)} kept (by the disk, so whatever else the machine writes counts too, and a journal segment that was prepared counts whole)`,
    ],
  };
}

interface Looked {
  readonly resident: number[];
  readonly delaysMs: number[];
}

function look(instance: Instance, pids: readonly number[]): { stop(): Promise<Looked> } {
  const looked: Looked = { resident: [], delaysMs: [] };
  const stopping = new AbortController();
  const looking = (async () => {
    for (let at = 1; !stopping.signal.aborted; at += 1) {
      await pause(everyMs);
      looked.resident.push(residentBytesOf(pids));
      // The gateway's own window is longer than ours: each is taken once.
      if (at % 3 !== 0) continue;
      for (const { loopDelayP99Us } of await everyHealth(instance)) {
        if (loopDelayP99Us !== undefined) looked.delaysMs.push(loopDelayP99Us / 1_000);
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await looking;
      return looked;
    },
  };
}

/** The middle of each third: one collection more or less does not decide. */
function thirds(values: readonly number[]): readonly [number, number, number] {
  const third = Math.max(1, Math.floor(values.length / 3));
  const of = (at: number) => median(values.slice(at * third, (at + 1) * third));
  return [of(0), of(1), of(2)];
}

/** Of the log, once all is in it that calls have promised. */
async function keptBytes({ data }: Instance): Promise<number> {
  const log = join(data, 'log');
  const until = Date.now() + patienceMs;
  let before = -1;
  let now = sizeBelow(log);
  while (now !== before && Date.now() < until) {
    await pause(quietMs);
    before = now;
    now = sizeBelow(log);
  }
  return now;
}

function sizeBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + sizeOf(join(parentPath, name)), 0);
}

/** A partial file may be gone, because it became a whole one. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
