import { eraRows } from './eras.ts';
import { type Figures, figuresOf } from './figures.ts';
import {
  measureRows,
  type RoundsAsked,
  type Row,
  type RowRounds,
  type Skipped,
  summaryOf,
} from './rounds.ts';
import { rowKinds } from './rows.ts';
import type { Worlds } from './worlds.ts';

/**
 * Rows that live side by side. A gateway that only waits still takes its part of the machine's caches,
 * and twenty of them made each row dearer than it is anywhere else: so each set has its processes to
 * itself, and is told against references of its own.
 */
export interface RowSet {
  readonly name: string;
  readonly rows: readonly string[];
  /** What rows of this set are told against, besides. */
  readonly beside: readonly string[];
  /** Where not all connections of its rows are meant. */
  readonly connections?: readonly number[];
}

const reference = ['bare', 'bearer'];

export const rowSets: readonly RowSet[] = [
  {
    name: 'goals',
    rows: ['bare', 'flush', 'sdk', 'bearer', 'mtls', 'dpop', 'write', 'llm-bare', 'llm'],
    beside: [],
  },
  { name: 'cores', rows: ['gateways-2'], beside: reference, connections: [256] },
  {
    name: 'sizes',
    rows: ['direct', 'user', 'bare-64k', 'bearer-64k', 'rules-1', 'rules-50', 'rules-500'],
    beside: reference,
    connections: [32],
  },
  {
    name: 'eras',
    rows: eraRows.map(({ name }) => name),
    beside: reference,
    connections: [32],
  },
];

export interface SetsFound {
  readonly rows: readonly Row[];
  readonly skipped: readonly Skipped[];
  readonly figures: Figures;
}

/** One set after the other. A goal is told by the first set that has it. */
export async function measureSets(
  only: readonly string[],
  asked: Omit<RoundsAsked, 'kinds'>,
  worldsOf: () => Worlds,
): Promise<SetsFound> {
  const found: SetsFound[] = [];
  for (const set of rowSets) {
    if (!set.rows.some((name) => only.includes(name))) continue;
    const names = [...set.beside, ...set.rows].filter((name) => only.includes(name));
    const kinds = rowKinds.filter(({ name }) => names.includes(name));
    const connections = asked.connections.filter((at) => set.connections?.includes(at) ?? true);
    const worlds = worldsOf();
    try {
      const { rows, skipped } = await measureRows(worlds, { ...asked, kinds, connections });
      found.push({ rows: rowsOf(set, rows), skipped, figures: figuresOf(rows) });
    } finally {
      await worlds.close();
    }
  }
  return {
    rows: found.flatMap(({ rows }) => rows),
    skipped: found.flatMap(({ skipped }) => skipped),
    figures: Object.assign({}, ...found.map(({ figures }) => figures).toReversed()) as Figures,
  };
}

function rowsOf(set: RowSet, rows: readonly RowRounds[]): Row[] {
  return summaryOf(rows).map((row) => ({ ...row, set: set.name }));
}
