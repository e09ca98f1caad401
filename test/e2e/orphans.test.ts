import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { type Load, pause, startLoad, until } from './crash-load.ts';
import { readWholeLog } from './crash-log.ts';
import { estate } from './documents.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { childOf, lives } from './processes.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld | undefined;
let successor: Instance | undefined;
afterEach(async () => {
  await successor?.stop();
  await world?.close();
  world = successor = undefined;
});

interface Orphans {
  readonly world: RunningWorld;
  readonly load: Load;
  readonly gateway: number;
  readonly control: number;
  readonly agents: readonly TestAgent[];
}

async function underLoad(): Promise<Orphans> {
  world = await startWorld();
  const { instance } = world;
  const agents = [await instance.enrolAgent('worker'), await instance.enrolAgent('worker')];
  const load = startLoad(agents, world.gateway, { connections: 4, pauseMs: 5 });
  await until(() => load.succeeded() > 50, 60_000, 'calls under load');
  const gateway = childOf(instance.pid, 'gateway/main.ts');
  return { world, load, gateway, control: childOf(instance.pid, 'control/main.ts'), agents };
}

async function startAgain({ world: { instance, upstream } }: Orphans): Promise<Instance> {
  const { folder, credential } = instance;
  successor = await startInstance({ folder, credential, documents: estate(upstream.url) });
  return successor;
}

/** Every record that anybody was told of is there, and the log holds. */
async function nothingIsMissing(of: Orphans, loads: readonly Load[]): Promise<void> {
  await Promise.all(loads.map((load) => load.stop()));
  await successor?.stop();
  const log = readWholeLog(of.world.instance.data);
  const told = loads.flatMap((load) => load.calls.map(({ answer }) => answer?.record ?? ''));
  const acknowledged = told.filter((id) => id !== '');
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((id) => !log.byId.has(id))).toEqual([]);
  expect(verifyLogs(join(of.world.instance.data, 'log')).status).toBe('consistent');
}

describe('a supervisor that was killed', () => {
  it('leaves programs that end before their successors write a record, and none that was told of is lost [AUD-01, AUD-03]', async () => {
    const of = await underLoad();
    const release = of.world.upstream.hold();
    await pause(100);
    process.kill(of.world.instance.pid, 'SIGKILL');
    const again = await startAgain(of);
    expect([lives(of.gateway), lives(of.control)]).toEqual([false, false]);
    release();
    const load = startLoad([await again.enrolAgent('worker')], again.gateway, {
      connections: 4,
      pauseMs: 5,
    });
    await until(() => load.succeeded() > 50, 60_000, 'calls of the successor');
    await nothingIsMissing(of, [of.load, load]);
  }, 300_000);

  it('leaves a frozen gateway that never wakes behind the back of its successor [AUD-01, AUD-03]', async () => {
    const of = await underLoad();
    process.kill(of.gateway, 'SIGSTOP');
    process.kill(of.world.instance.pid, 'SIGKILL');
    const again = await startAgain(of);
    if (lives(of.gateway)) process.kill(of.gateway, 'SIGCONT');
    const load = startLoad([await again.enrolAgent('worker')], again.gateway, {
      connections: 4,
      pauseMs: 5,
    });
    await until(() => load.succeeded() > 50, 60_000, 'calls of the successor');
    await nothingIsMissing(of, [of.load, load]);
  }, 300_000);
});
