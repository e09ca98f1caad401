import { describe, expect, it } from 'vitest';
import { measureRows } from './rounds.ts';
import type { RowKind } from './row-kind.ts';
import type { Worlds } from './worlds.ts';

/** A row of so many calls at each run. It asks for no processes. */
function rowOf(calls: number, ran: number[]): RowKind {
  return {
    name: 'made up',
    what: 'answers at once',
    at: [1],
    beside: 'made up',
    open: async () => async () => {
      ran.push(calls);
      return { calls, callsPerSecond: calls, p50Ms: 1, p99Ms: 1, cpuUs: 1, failed: 0 };
    },
  };
}

const noWorlds = {} as Worlds;

async function runsOf(calls: number, warmCalls: number): Promise<number> {
  const ran: number[] = [];
  const asked = { connections: [1], rounds: 1, seconds: 1, warmUp: 1, say: () => undefined };
  await measureRows(noWorlds, { ...asked, kinds: [rowOf(calls, ran)], warmCalls });
  // One short run and one round are measured after it.
  return ran.length - 2;
}

describe('a row before it is measured', () => {
  it('is loaded until it had so many calls as compile its code, however slow it is', async () => {
    expect(await runsOf(20_000, 20_000)).toBe(1);
    expect(await runsOf(7_000, 20_000)).toBe(3);
  });

  it('is loaded once where no calls are asked for, and four times at most', async () => {
    expect(await runsOf(10, 0)).toBe(1);
    expect(await runsOf(10, 20_000)).toBe(4);
  });
});
