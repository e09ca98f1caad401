import { describe, expect, it } from 'vitest';
import { drawReach } from './draw.ts';
import { figuresOf } from './figures.ts';
import type { Measured } from './load.ts';
import { goals, verdictOf } from './reach.ts';
import type { RowRounds } from './rounds.ts';
import { turned } from './rounds.ts';
import { rowKinds } from './rows.ts';
import { rowSets } from './sets.ts';
import { spreadOf } from './statistics.ts';

function goal(key: string) {
  const found = goals.find((one) => one.key === key);
  if (found === undefined) throw new Error(key);
  return found;
}

const verdict = (key: string, ...rounds: number[]) => verdictOf(goal(key), spreadOf(rounds));

describe('what must be reached', () => {
  it('is judged by the middle round, and its bound itself is reached', () => {
    expect(verdict('bearer', 2.8)).toBe('floor met');
    expect(verdict('bearer', 2.81)).toBe('missed');
    expect(verdict('bearer', 2.2)).toBe('aim met');
    expect(verdict('bearer', 1, 3, 3)).toBe('missed');
  });

  it('wants more of what is better the more there is', () => {
    expect(verdict('sdk', 1.4)).toBe('missed');
    expect(verdict('sdk', 1.5)).toBe('floor met');
    expect(verdict('sdk', 1.9)).toBe('aim met');
  });

  it('is not met by a figure that was not measured', () => {
    expect(verdictOf(goal('bearer'), undefined)).toBe('not measured');
    expect(verdict('bearer', Number.NaN)).toBe('not measured');
    expect(drawReach({})).not.toContain(' met');
  });

  it('has a row for each goal', () => {
    for (const { what } of goals) expect(drawReach({})).toContain(what);
  });
});

function rounds(name: string, connections: number, ...measured: Partial<Measured>[]): RowRounds {
  const kind = rowKinds.find((one) => one.name === name);
  if (kind === undefined) throw new Error(name);
  const usual = { calls: 1, callsPerSecond: 1, p50Ms: 1, p99Ms: 1, cpuUs: 1, failed: 0 };
  return { kind, connections, rounds: measured.map((one) => ({ ...usual, ...one })) };
}

describe('the figures that rows give', () => {
  it('are the CPU of a call over that of the bare proxy in the same round', () => {
    const rows = [
      rounds('bare', 32, { cpuUs: 100 }, { cpuUs: 1_000 }),
      rounds('bearer', 32, { cpuUs: 300 }, { cpuUs: 3_000 }),
    ];
    expect(figuresOf(rows)['bearer']?.median).toBe(3);
  });

  it('take the bare proxy and two durable writes off a call alone', () => {
    const rows = [
      rounds('bare', 1, { p50Ms: 0.3 }),
      rounds('flush', 1, { p50Ms: 0.1 }),
      rounds('bearer', 1, { p50Ms: 1.1, p99Ms: 2.2 }),
    ];
    expect(figuresOf(rows)['one-p50']?.median).toBeCloseTo(2);
    expect(figuresOf(rows)['one-p99']?.median).toBeCloseTo(2);
  });

  it('are missing where their rows are', () => {
    expect(figuresOf([rounds('bearer', 32, {})])).toEqual({});
  });
});

describe('rows', () => {
  it('have every pairing of eras and transports, beside the bare proxy', () => {
    const paired = rowKinds.filter(({ name }) =>
      /^(legacy|modern)-(legacy|modern|stdio)$/.test(name),
    );
    expect(paired).toHaveLength(6);
    expect(new Set(paired.map(({ beside }) => beside))).toEqual(new Set(['bare']));
  });
});

describe('sets of rows', () => {
  it('have each row once, and beside it what it is told against', () => {
    const all = rowSets.flatMap(({ rows }) => rows);
    expect([...all].toSorted()).toEqual(rowKinds.map(({ name }) => name).toSorted());
    for (const { rows, beside } of rowSets) {
      const live = [...rows, ...beside];
      const against = rowKinds.filter(({ name }) => rows.includes(name));
      for (const kind of against) expect(live, kind.name).toContain(kind.beside);
    }
  });
});

describe('rounds', () => {
  it('begin with another row each time', () => {
    expect([0, 1, 2, 3].map((round) => turned(['a', 'b', 'c'], round).join(''))).toEqual([
      'abc',
      'bca',
      'cab',
      'abc',
    ]);
  });
});
