import type { Measured } from './load.ts';
import { findRow, type RowRounds } from './rounds.ts';
import { ratios, type Spread, spreadOf } from './statistics.ts';

/** What is compared with a goal, by the goal's key. */
export type Figures = Readonly<Record<string, Spread>>;

/** The figures that the rows give. A figure whose rows were not asked for is missing. */
export function figuresOf(rows: readonly RowRounds[]): Figures {
  const at = (name: string, connections: number) => findRow(rows, name, connections)?.rounds;
  const bare = at('bare', 32);
  const bearer = at('bearer', 32);
  return {
    ...figure('bearer', divided(bearer, bare, cpu)),
    ...figure('mtls', divided(at('mtls', 32), bare, cpu)),
    ...figure('dpop', divided(at('dpop', 32), bare, cpu)),
    ...figure('sdk', divided(bearer, at('sdk', 32), speed)),
    ...figure('one-p50', overBare(at('bearer', 1), at('bare', 1), at('flush', 1))),
    ...figure(
      'one-p99',
      at('bearer', 1)?.map(({ p50Ms, p99Ms }) => p99Ms / p50Ms),
    ),
    ...figure('gateways', divided(at('gateways-2', 256), at('bearer', 256), speed)),
  };
}

const cpu = ({ cpuUs }: Measured): number => cpuUs;
const speed = ({ callsPerSecond }: Measured): number => callsPerSecond;

function figure(key: string, values: readonly number[] | undefined): Figures {
  return values === undefined ? {} : { [key]: spreadOf(values) };
}

type Rounds = readonly Measured[] | undefined;

function divided(of: Rounds, by: Rounds, take: (one: Measured) => number): number[] | undefined {
  if (of === undefined || by === undefined) return undefined;
  return ratios(of.map(take), by.map(take));
}

/** What is ours of a call alone: without the bare proxy, and without two writes by the disk. */
function overBare(governed: Rounds, bare: Rounds, flush: Rounds): number[] | undefined {
  if (bare === undefined || flush === undefined) return undefined;
  return governed?.map(({ p50Ms }, round) => {
    const bareMs = bare[round]?.p50Ms ?? Number.NaN;
    const flushMs = flush[round]?.p50Ms ?? Number.NaN;
    return (p50Ms - bareMs - 2 * flushMs) / bareMs;
  });
}
