import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { greeting, legacyToolCall, toolCall } from './asked.ts';
import { figure, told } from './draw.ts';
import { type Asked, type Measured, runLoad, type Source } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { residentBytesOf } from './proc.ts';
import { turned } from './rounds.ts';
import { median, ratios, spreadOf } from './statistics.ts';
import type { World } from './worlds.ts';

const agents = 125;
/** As many as one instance may listen with. */
const sessionsPerAgent = 8;
/** A gateway takes so many connections from one address, and each listener has one. */
const addresses = 4;
const count = agents * sessionsPerAgent;

interface Session {
  readonly bearer: string;
  readonly id: string;
}

/** A thousand sessions of clients of 2025-11-25, each with its stream open: what they cost, and calls among them. */
export async function measureSessions(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, seconds, say } = asked;
  const world = await worlds.gateway({ tag: 'sessions', agents });
  const pools = poolsTo(world);
  const sessions: Session[] = [];
  try {
    say(`${count} sessions`);
    await runLoad(
      world.source('bearer', () => toolCall('bench.echo')),
      {
        connections: 32,
        seconds: 5,
        warmSeconds: 0,
      },
    );
    const before = await settledBytes(world);
    sessions.push(...(await begin(world, pools)));
    const begun = await settledBytes(world);
    await listen(pools, sessions);
    const listening = await settledBytes(world);
    const { one, each } = await call(world, sessions, { rounds, seconds, say });
    return resultOf({ before, begun, listening }, one, each);
  } finally {
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

function poolsTo({ instance }: World): readonly Pool[] {
  const { origin } = new URL(instance.gateway);
  return Array.from(
    { length: addresses },
    (_, at) =>
      new Pool(origin, {
        connections: count / addresses,
        pipelining: 1,
        bodyTimeout: 0,
        localAddress: `127.0.0.${at + 2}`,
      }),
  );
}

async function begin(world: World, pools: readonly Pool[]): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  for (let agent = 0; agent < agents; agent += 1) {
    const bearer = await world.bearerOf(`bench-${agent}`);
    for (let at = 0; at < sessionsPerAgent; at += 1) {
      const pool = poolAt(pools, sessions.length);
      const { headers, body } = withBearer(greeting(), bearer);
      const answer = await pool.request({ path: '/mcp', method: 'POST', headers, body });
      await answer.body.dump();
      sessions.push({ bearer, id: String(answer.headers['mcp-session-id']) });
    }
  }
  return sessions;
}

async function listen(pools: readonly Pool[], sessions: readonly Session[]): Promise<void> {
  for (const [at, { bearer, id }] of sessions.entries()) {
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${bearer}`,
      'mcp-protocol-version': '2025-11-25',
      'mcp-session-id': id,
    };
    const { statusCode, body } = await poolAt(pools, at).request({
      path: '/mcp',
      method: 'GET',
      headers,
    });
    if (statusCode !== 200) throw new Error(`session ${at}: ${statusCode} ${await body.text()}`);
    body.on('error', () => undefined).resume();
  }
}

function poolAt(pools: readonly Pool[], at: number): Pool {
  const pool = pools[at % pools.length];
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

function withBearer({ headers, body }: Asked, bearer: string): Asked {
  return { headers: [...headers, 'authorization', `Bearer ${bearer}`], body };
}

/** Calls within one of the sessions, and within each in turn, at the same number of connections. */
async function call(
  world: World,
  sessions: readonly Session[],
  { rounds, seconds, say }: Pick<MeasureAsked, 'rounds' | 'seconds' | 'say'>,
) {
  let at = 0;
  const among = (some: readonly Session[]): Source => ({
    url: world.instance.gateway,
    pids: () => world.pids(),
    next() {
      const session = some[(at += 1) % some.length];
      if (session === undefined) throw new Error('no session');
      return withBearer(legacyToolCall('bench.echo', session.id), session.bearer);
    },
  });
  const seen: Record<'one' | 'each', Measured[]> = { one: [], each: [] };
  const sources = { one: among(sessions.slice(0, 1)), each: among(sessions) };
  for (let round = 0; round < rounds; round += 1) {
    say(`calls among ${count} sessions, round ${round + 1} of ${rounds}`);
    for (const which of turned(['one', 'each'] as const, round)) {
      const options = { connections: 32, seconds, warmSeconds: 0.4 };
      seen[which].push(await runLoad(sources[which], options));
    }
  }
  return seen;
}

/** The middle of some looks, when the gateway has nothing to do. */
async function settledBytes(world: World): Promise<number> {
  await pause(2_000);
  const seen: number[] = [];
  for (let at = 0; at < 6; at += 1) {
    seen.push(residentBytesOf(world.pids()));
    await pause(250);
  }
  return median(seen);
}

interface Bytes {
  readonly before: number;
  readonly begun: number;
  readonly listening: number;
}

function resultOf(
  { before, begun, listening }: Bytes,
  one: readonly Measured[],
  each: readonly Measured[],
): MeasureResult {
  const failed = [...one, ...each].find((measured) => measured.failed > 0);
  if (failed !== undefined) throw new Error(`calls failed: ${failed.why}`);
  const ratio = (take: (measured: Measured) => number) =>
    spreadOf(ratios(each.map(take), one.map(take)));
  const p50 = ratio(({ p50Ms }) => p50Ms);
  const p99 = ratio(({ p99Ms }) => p99Ms);
  const cpu = ratio(({ cpuUs }) => cpuUs);
  const kib = (bytes: number) => figure(bytes / 1024 / count);
  return {
    figures: { 'sessions-p50': p50, 'sessions-p99': p99, 'sessions-cpu': cpu },
    lines: [
      `${count} sessions at once: the gateway's memory grew by ${kib(begun - before)} KiB a session when they began and by ${kib(listening - begun)} more when each had its stream open (${figure(before / 1024 / 1024)} MiB before)`,
      `calls among ${count} sessions ÷ calls in one of them, 32 connections, all streams open: p50 ${told(p50)}, p99 ${told(p99)}, CPU ${told(cpu)}`,
    ],
  };
}
