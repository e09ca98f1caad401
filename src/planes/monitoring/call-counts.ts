import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** Upper ends of the steps of the histogram, in milliseconds. */
const steps = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000] as const;

/**
 * What became of the calls of one gateway since its start, by words of ours alone. INVARIANT: no name that
 * somebody else chose is a key here, so it stays as large as it is.
 */
export interface CallCounts {
  begun(): void;
  /** By kind of outcome, and how long it took. */
  ended(outcome: string, ms: number): void;
  /** By the stage that said no. */
  refused(stage: string): void;
  /** By what looked odd in a result that strangers wrote. */
  signalled(kind: string): void;
  /** For a ping. */
  told(): JsonObject;
}

/** Plain numbers, because every call passes here. */
export function createCallCounts(): CallCounts {
  const calls: Record<string, number> = {};
  const refusals: Record<string, number> = {};
  const signals: Record<string, number> = {};
  const within = steps.map(() => 0);
  let [open, sumMs, count] = [0, 0, 0];
  return {
    begun: () => void (open += 1),
    ended(outcome, ms) {
      open -= 1;
      count += 1;
      sumMs += ms;
      calls[outcome] = (calls[outcome] ?? 0) + 1;
      for (let at = 0; at < steps.length; at += 1) {
        if (ms > (steps[at] ?? 0)) continue;
        within[at] = (within[at] ?? 0) + 1;
        break;
      }
    },
    refused: (stage) => void (refusals[stage] = (refusals[stage] ?? 0) + 1),
    signalled: (kind) => void (signals[kind] = (signals[kind] ?? 0) + 1),
    told: () => ({
      counts: {
        calls: { ...calls },
        refusals: { ...refusals },
        signals: { ...signals },
        within: [...within],
        sumMs,
        count,
        open,
      },
    }),
  };
}

export interface ToldCounts {
  readonly calls: readonly (readonly [string, number])[];
  readonly refusals: readonly (readonly [string, number])[];
  readonly signals: readonly (readonly [string, number])[];
  /** How many calls took so many milliseconds at most; each step holds the ones before it. */
  readonly within: readonly (readonly [number, number])[];
  readonly sumMs: number;
  readonly count: number;
  readonly open: number;
}

/** What a gateway said of its calls, as far as it can be read; nothing of it is believed to be well made. */
export function countsOf({ counts }: JsonObject): ToldCounts {
  const told = isJsonObject(counts) ? counts : {};
  const each = Array.isArray(told['within']) ? (told['within'] as readonly Json[]) : [];
  let sum = 0;
  return {
    calls: pairsOf(told['calls']),
    refusals: pairsOf(told['refusals']),
    signals: pairsOf(told['signals']),
    within: steps.map((step, at) => [step, (sum += amountOf(each[at]))] as const),
    sumMs: amountOf(told['sumMs']),
    count: amountOf(told['count']),
    open: amountOf(told['open']),
  };
}

const word = /^[a-z][a-z-]{0,31}$/;

function pairsOf(value: Json | undefined): (readonly [string, number])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .filter(([name]) => word.test(name))
    .slice(0, 32)
    .map(([name, amount]) => [name, amountOf(amount)] as const);
}

function amountOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
