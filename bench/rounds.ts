import type { Measured } from './load.ts';
import type { Loaded, RowKind } from './row-kind.ts';
import { ratios, type Spread, spreadOf } from './statistics.ts';
import type { Worlds } from './worlds.ts';

export interface RowRounds {
  readonly kind: RowKind;
  readonly connections: number;
  readonly rounds: readonly Measured[];
}

/** A row that was asked for and could not be measured: it is told, and nothing stands in for it. */
export interface Skipped {
  readonly name: string;
  readonly why: string;
}

export interface RoundsAsked {
  readonly kinds: readonly RowKind[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  /** How long each row is loaded before anything is measured: what is told is of warm code. */
  readonly warmUp: number;
  /** And until it had so many calls, within four times as long. */
  readonly warmCalls: number;
  readonly say: (text: string) => void;
}

/**
 * INVARIANT: rows take turns. Within a round each row is loaded once, and each round begins with
 * another row, so that a machine that is slow for a while is slow for all of them.
 */
export async function measureRows(
  worlds: Worlds,
  asked: RoundsAsked,
): Promise<{ readonly rows: readonly RowRounds[]; readonly skipped: readonly Skipped[] }> {
  const skipped: Skipped[] = [];
  const loaded = new Map<RowKind, Loaded>();
  for (const kind of asked.kinds) {
    try {
      loaded.set(kind, await kind.open(worlds));
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
      asked.say(`SKIPPED ${kind.name}: ${why}`);
      skipped.push({ name: kind.name, why });
    }
  }
  await warmUp(loaded, asked);
  const rows: RowRounds[] = [];
  for (const connections of asked.connections) {
    const kinds = [...loaded.keys()].filter(({ at }) => at.includes(connections));
    if (kinds.length > 0) rows.push(...(await measureAt(connections, kinds, loaded, asked)));
  }
  return { rows, skipped };
}

/**
 * Before code has run some twenty thousand times, compiling it is what one sees: V8's threads then take a tenth to a
 * quarter of what a call takes, and afterwards a thirtieth. A row that is slow comes there later.
 */
async function warmUp(
  loaded: ReadonlyMap<RowKind, Loaded>,
  { warmUp: seconds, warmCalls, say }: RoundsAsked,
): Promise<void> {
  for (const [kind, run] of loaded) {
    say(`warming up ${kind.name}`);
    const connections = Math.min(warmConnections, Math.max(...kind.at));
    let calls = 0;
    for (let turn = 0; turn === 0 || (calls < warmCalls && turn < mostWarmTurns); turn += 1) {
      calls += (await run({ connections, seconds, warmSeconds: 0 })).calls;
    }
  }
}

const mostWarmTurns = 4;

const warmConnections = 32;

async function measureAt(
  connections: number,
  kinds: readonly RowKind[],
  loaded: ReadonlyMap<RowKind, Loaded>,
  { rounds, seconds, say }: RoundsAsked,
): Promise<readonly RowRounds[]> {
  // Handshakes and cold code belong to nobody's round.
  const warmSeconds = connections > 32 ? 1 : 0.4;
  const seen = new Map(kinds.map((kind) => [kind, [] as Measured[]]));
  for (const kind of kinds) await load(kind, 0.6);
  for (let round = 0; round < rounds; round += 1) {
    say(`${connections} connections, round ${round + 1} of ${rounds}`);
    for (const kind of turned(kinds, round)) seen.get(kind)?.push(await load(kind, seconds));
  }
  return kinds.map((kind) => ({ kind, connections, rounds: seen.get(kind) ?? [] }));

  async function load(kind: RowKind, forSeconds: number): Promise<Measured> {
    const run = loaded.get(kind);
    if (run === undefined) throw new Error(`${kind.name} was not opened`);
    return run({ connections, seconds: forSeconds, warmSeconds });
  }
}

export function turned<Of>(list: readonly Of[], by: number): Of[] {
  const first = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

/** What is told of a row: the middle of its rounds, and its CPU against the bare proxy of each. */
export interface Row {
  /** Which rows it lived beside. */
  readonly set?: string;
  readonly name: string;
  readonly what: string;
  readonly connections: number;
  readonly callsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly cpuUs: Spread;
  /** Undefined where its bare proxy was not asked for. */
  readonly timesBare: Spread | undefined;
  readonly failed: number;
  readonly why?: string;
}

export function summaryOf(rows: readonly RowRounds[]): Row[] {
  return rows.map(({ kind, connections, rounds }) => {
    const cpu = rounds.map(({ cpuUs }) => cpuUs);
    const bare = findRow(rows, kind.beside, connections)?.rounds.map(({ cpuUs }) => cpuUs);
    const why = rounds.find((round) => round.why !== undefined)?.why;
    return {
      name: kind.name,
      what: kind.what,
      connections,
      callsPerSecond: spreadOf(rounds.map(({ callsPerSecond }) => callsPerSecond)),
      p50Ms: spreadOf(rounds.map(({ p50Ms }) => p50Ms)),
      p99Ms: spreadOf(rounds.map(({ p99Ms }) => p99Ms)),
      cpuUs: spreadOf(cpu),
      timesBare: bare === undefined ? undefined : spreadOf(ratios(cpu, bare)),
      failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
      ...(why === undefined ? {} : { why }),
    };
  });
}

export function findRow(
  rows: readonly RowRounds[],
  name: string,
  connections: number,
): RowRounds | undefined {
  return rows.find((row) => row.kind.name === name && row.connections === connections);
}
