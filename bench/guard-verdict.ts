import type { Measured } from './load.ts';
import { ratios, spreadOf } from './statistics.ts';

export interface Stored {
  readonly timesBare: number;
  /** How far a shared machine may move it before anybody is told. */
  readonly margin: number;
}

export interface GuardVerdict {
  /** Slower is told and fails nothing; what could not be measured fails. */
  readonly kind: 'ok' | 'slower' | 'unmeasured';
  readonly text: string;
}

/** Whether a call costs clearly more than it did, by the middle of the rounds. */
export function guardVerdict(
  bare: readonly Measured[],
  governed: readonly Measured[],
  stored: Stored,
): GuardVerdict {
  const failed = [...bare, ...governed].find((round) => round.failed > 0 || round.calls === 0);
  if (failed !== undefined) {
    const why = failed.calls === 0 ? 'no call was answered' : `${failed.failed} calls failed`;
    return unmeasured(`${why}${failed.why === undefined ? '' : `: ${failed.why}`}`);
  }
  const cpu = (rounds: readonly Measured[]) => rounds.map(({ cpuUs }) => cpuUs);
  const { median } = spreadOf(ratios(cpu(governed), cpu(bare)));
  if (!Number.isFinite(median)) return unmeasured('no round could be compared');
  const bound = stored.timesBare * stored.margin;
  const told = `a call takes ${median.toFixed(1)} × the CPU of the bare proxy; stored is ${stored.timesBare}`;
  if (median <= bound) return { kind: 'ok', text: told };
  return {
    kind: 'slower',
    text: `${told}, told above ${bound.toFixed(1)}. Run \`./bailiwick bench\` on a quiet machine; \`--profile\` says where it goes`,
  };
}

export function unmeasured(why: string): GuardVerdict {
  return { kind: 'unmeasured', text: `the speed of a call could not be measured: ${why}` };
}
