/** What is told of a figure that was measured in several rounds: the middle, and how far it moved. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  return {
    median: medianOf(sorted),
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
    rounds: sorted.length,
  };
}

export function median(values: readonly number[]): number {
  return medianOf(values.toSorted((a, b) => a - b));
}

/** The value below which this share lies; `sorted` goes up. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * INVARIANT: a ratio is made within a round and only then is the middle taken. A machine that was
 * slow for one round was slow for both sides of it.
 */
export function ratios(of: readonly number[], by: readonly number[]): number[] {
  return of.flatMap((value, round) => {
    const beside = by[round];
    return beside === undefined || beside === 0 ? [] : [value / beside];
  });
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
