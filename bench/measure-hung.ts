import { toolCall } from './asked.ts';
import { figure, told } from './draw.ts';
import { type LoadOptions, type Measured, runLoad } from './load.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { turned } from './rounds.ts';
import { ratios, spreadOf } from './statistics.ts';

const all = 24;
const ill = 3;
/** Calls a second: to those that stay well, together, and to those that will hang. */
const wellPace = 300;
const illPace = 30;
/** A call of a server that hangs is given up then. */
const timeoutMs = 2_000;

/**
 * Twenty-four servers, of which three hang for half of each round and are called all the same: what the
 * others' callers notice of it. Both halves have the same calls at the same pace.
 */
export async function measureHung(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, seconds, say } = asked;
  const { origin } = new URL((await worlds.many()).url);
  const servers = Array.from({ length: all }, (_, at) => ({
    name: `many-${at}`,
    connect: { url: `${origin}/${at}/mcp` },
    timeoutMs,
  }));
  const world = await worlds.gateway({ tag: `${all} servers`, servers });
  const well = world.source('bearer', roundRobin(ill, all));
  const bad = world.source('bearer', roundRobin(0, ill));
  const load = async (hanging: number, forSeconds: number): Promise<Measured> => {
    await fetch(`${origin}/hang/${hanging}`, { method: 'POST', body: '{"id":1}' });
    const options: LoadOptions = { connections: 64, seconds: forSeconds, warmSeconds: 0.4 };
    const [measured] = await Promise.all([
      runLoad(well, { ...options, perSecond: wellPace }),
      runLoad(bad, { ...options, perSecond: illPace }),
    ]);
    return measured;
  };
  await load(0, 3);
  const seen: Record<'healthy' | 'hung', Measured[]> = { healthy: [], hung: [] };
  for (let round = 0; round < rounds; round += 1) {
    say(`${ill} of ${all} servers hang, round ${round + 1} of ${rounds}`);
    for (const half of turned(['healthy', 'hung'] as const, round)) {
      seen[half].push(await load(half === 'hung' ? ill : 0, Math.max(seconds, 2)));
    }
  }
  return resultOf(seen.healthy, seen.hung);
}

function roundRobin(from: number, to: number): () => ReturnType<typeof toolCall> {
  let at = from;
  return () => {
    at = at + 1 < to ? at + 1 : from;
    return toolCall(`many-${at}.echo`);
  };
}

function resultOf(healthy: readonly Measured[], hung: readonly Measured[]): MeasureResult {
  const failed = [...healthy, ...hung].find((one) => one.failed > 0);
  if (failed !== undefined) throw new Error(`calls of servers that are well failed: ${failed.why}`);
  const p50 = spreadOf(ratios(hung.map(p50Of), healthy.map(p50Of)));
  const p99 = spreadOf(ratios(hung.map(p99Of), healthy.map(p99Of)));
  const ms = (take: typeof p50Of, of: readonly Measured[]) => told(spreadOf(of.map(take)), 'ms');
  return {
    figures: { 'hung-p50': p50, 'hung-p99': p99 },
    lines: [
      `${ill} of ${all} tool servers hang, ${figure(wellPace)} calls/s to the others, ${figure(illPace)} to these: p50 ${told(p50)} and p99 ${told(p99)} of what it is while all answer (p50 ${ms(p50Of, hung)} and ${ms(p50Of, healthy)}, p99 ${ms(p99Of, hung)} and ${ms(p99Of, healthy)}); no call of the others failed`,
    ],
  };
}

const p50Of = ({ p50Ms }: Measured): number => p50Ms;
const p99Of = ({ p99Ms }: Measured): number => p99Ms;
