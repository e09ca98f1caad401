import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLogs } from '../../src/cli/audit/verify-logs.ts';
import { seeded } from '../fakes/seeded.ts';
import { type Load, type LoadCall, pause, startLoad, until } from './crash-load.ts';
import { openedArguments, readWholeLog, type WholeLog } from './crash-log.ts';
import { startInstance, type TestAgent } from './instance.ts';
import { childOf, runningChildOf } from './processes.ts';
import type { ReceivedCall } from './upstream.ts';
import { type RunningWorld, startWorld } from './world.ts';

/** A CI run kills a few dozen times; `./bailiwick soak` goes on for as many as it is told. */
const rounds = Number(process.env['BAILIWICK_CRASH_ROUNDS'] ?? 60);
const seed = Number(process.env['BAILIWICK_CRASH_SEED'] ?? 20_260);
const agentCount = 3;
const connections = 4;
const pauseMs = 20;
/** How long one step may stand still, not how long the campaign may take: a busy machine is slow, not wrong. */
const backWithinMs = 60_000;
const compiled = mkdtempSync(join(tmpdir(), 'bailiwick-compiled-'));

let world: RunningWorld;
let load: Load;
let log: WholeLog;
let argumentsOf: ReadonlyMap<string, string>;
let received: readonly ReceivedCall[];
let controlKills = 0;

/** Kills the gateway again and again, then ends everything cleanly and reads what is on disk. */
beforeAll(
  async () => {
    await keepCompiledCode();
    world = await startWorld();
    const agents: TestAgent[] = [];
    while (agents.length < agentCount) agents.push(await world.instance.enrolAgent('worker'));
    load = startLoad(agents, world.gateway, { connections, pauseMs });
    const stopHolding = holdNowAndThen();
    await until(() => load.succeeded() > 20, backWithinMs, 'calls under load');
    await killAgainAndAgain(seeded(seed));
    stopHolding();
    await load.stop();
    await world.instance.stop();
    log = readWholeLog(world.instance.data);
    argumentsOf = await openedArguments(world.instance, log);
    received = world.upstream.calls();
  },
  60_000 + rounds * backWithinMs,
);
afterAll(async () => {
  await world?.close();
  delete process.env['NODE_COMPILE_CACHE'];
  rmSync(compiled, { recursive: true, force: true });
});

/** A start costs half as much when it need not compile; only a process that ends cleanly keeps that. */
async function keepCompiledCode(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] = compiled;
  const first = await startInstance();
  await first.remove();
}

async function killAgainAndAgain(random: () => number): Promise<void> {
  const gateway = () => runningChildOf(world.instance.pid, 'gateway/main.ts');
  for (let round = 0; round < rounds; round += 1) {
    const victim = childOf(world.instance.pid, 'gateway/main.ts');
    // Now and then while it starts, else under load.
    if (random() < 0.9) {
      const before = load.succeeded();
      await until(() => load.succeeded() > before, backWithinMs, `calls again, round ${round}`);
    }
    await pause(random() * 120);
    if (round % 40 === 20) await killControl(victim);
    process.kill(victim, 'SIGKILL');
    await until(
      () => ![undefined, victim].includes(gateway()),
      backWithinMs,
      `a new gateway, round ${round}`,
    );
    sayHowFar(round + 1);
  }
  const before = load.succeeded();
  await until(() => load.succeeded() > before + 50, backWithinMs, 'calls after the last kill');
}

/** Of a campaign of hours somebody wants to know whether it goes on; a run of CI is silent. */
function sayHowFar(done: number): void {
  if (rounds < 500 || done % 100 !== 0) return;
  process.stderr.write(
    `${done} of ${rounds} kills, seed ${seed}: ${load.succeeded()} calls succeeded, control killed ${controlKills} times\n`,
  );
}

/** The gateway carries calls on, with the same process, while control is away. */
async function killControl(gateway: number): Promise<void> {
  const before = load.succeeded();
  process.kill(childOf(world.instance.pid, 'control/main.ts'), 'SIGKILL');
  controlKills += 1;
  await until(() => load.succeeded() > before + 20, backWithinMs, 'calls without control');
  expect(childOf(world.instance.pid, 'gateway/main.ts')).toBe(gateway);
}

/** A server that is slow at times, so that kills find calls on their way. */
function holdNowAndThen(): () => void {
  let release: () => void = () => undefined;
  const timer = setInterval(() => {
    release();
    release = world.upstream.hold();
    setTimeout(release, 15);
  }, 60);
  return () => {
    clearInterval(timer);
    release();
  };
}

function markOf({ argumentText }: ReceivedCall): string {
  return /mark-[0-9-]+/.exec(argumentText)?.[0] ?? '';
}

const acknowledged = (): LoadCall[] =>
  load.calls.filter(({ answer }) => answer?.record !== undefined);

/** The intent of each received call, by the bytes that it commits to. */
function intentsOf(calls: readonly ReceivedCall[]): (string | undefined)[] {
  const answered = new Map(load.calls.map(({ mark, answer }) => [mark, answer?.record]));
  const open = new Set(
    log.intents.filter(({ target }) => target?.target.startsWith('tool:fake/') === true),
  );
  const known = calls.map((call) => {
    const outcome = log.byId.get(answered.get(markOf(call)) ?? '');
    const intent = log.byId.get(outcome?.intent ?? '');
    if (intent === undefined || argumentsOf.get(intent.id) !== call.argumentText) return undefined;
    open.delete(intent);
    return intent.id;
  });
  return known.map((id, at) => {
    const bytes = calls[at]?.argumentText ?? '';
    if (id !== undefined) return id;
    const found = [...open].find((intent) => argumentsOf.get(intent.id) === bytes);
    if (found !== undefined) open.delete(found);
    return found?.id;
  });
}

describe(`a gateway killed ${rounds} times under load`, () => {
  it('was killed while it worked: calls succeeded, and calls were cut', () => {
    expect(load.succeeded()).toBeGreaterThan(rounds);
    expect(load.calls.filter(({ answer }) => answer === undefined).length).toBeGreaterThan(rounds);
    expect(controlKills).toBe(Math.max(0, Math.ceil((rounds - 20) / 40)));
    expect(log.records.filter(({ type }) => type === 'gateway.started').length).toBeGreaterThan(
      rounds / 2,
    );
  });

  it('has every record that it acknowledged [AUD-01, AUD-03]', () => {
    const ids = acknowledged().map(({ answer }) => String(answer?.record));
    expect(ids.length).toBeGreaterThan(rounds);
    expect(ids.filter((id) => !log.byId.has(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(log.byId.size).toBe(log.records.length);
  });

  it('let no call reach the server without an intent that is on record and older, and none twice [AUD-05]', () => {
    expect(received.length).toBeGreaterThan(rounds);
    const intents = intentsOf(received);
    const without = received.filter((_, at) => intents[at] === undefined).map(markOf);
    expect(without).toEqual([]);
    expect(new Set(intents).size).toBe(received.length);
    const late = received.filter(({ at }, index) => {
      const intent = log.byId.get(intents[index] ?? '');
      return Date.parse(intent?.time ?? '') > performance.timeOrigin + at + 1;
    });
    expect(late.map(markOf)).toEqual([]);
    expect(new Set(received.map(markOf)).size).toBe(received.length);
  });

  it('closed every intent once, and said of what it cannot know that it does not know it [AUD-05]', () => {
    const closed = log.intents.map(({ id }) => log.outcomes.get(id)?.length ?? 0);
    expect(closed.filter((count) => count !== 1)).toEqual([]);
    const recovered = log.records.filter(({ details }) => details?.['recovered'] === true);
    expect(recovered.length).toBeGreaterThan(0);
    expect(recovered.filter(({ effect }) => effect !== 'unknown')).toEqual([]);
    const reached = intentsOf(received).map((id) => log.outcomes.get(id ?? '')?.[0]?.effect);
    expect(reached.filter((effect) => effect !== 'done' && effect !== 'unknown')).toEqual([]);
  });

  it('kept a log whose every hash and signature holds [AUD-03]', () => {
    const { status, logs } = verifyLogs(join(world.instance.data, 'log'));
    expect(logs.filter((one) => one['status'] !== 'consistent')).toEqual([]);
    expect(status).toBe('consistent');
  });
});
