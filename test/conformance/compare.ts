import type { Checks, Verdict } from './suite.ts';

export interface Lost {
  /** `scenario:check` */
  readonly check: string;
  readonly direct: Verdict | 'absent';
  readonly through: Verdict | 'absent';
  readonly why: string;
}

export interface Excused {
  readonly check: string;
  readonly reason: string;
}

export interface Comparison {
  readonly kept: number;
  /** Lost, and a reason is written down. */
  readonly excused: readonly (Lost & Excused)[];
  /** Lost, and nobody said why. */
  readonly lost: readonly Lost[];
  /** A reason for something that is not lost any more. */
  readonly stale: readonly string[];
}

/**
 * What a server can do directly and not through the gateway. A check that was good must be good; one that
 * was not must not get worse; one that only the way through fails counts as lost too.
 */
export function compare(direct: Checks, through: Checks, baseline: readonly Excused[]): Comparison {
  const lost: Lost[] = [];
  let kept = 0;
  for (const check of new Set([...direct.keys(), ...through.keys()])) {
    const before = direct.get(check)?.verdict ?? 'absent';
    const after = through.get(check);
    const now = after?.verdict ?? 'absent';
    if (isLost(before, now)) {
      lost.push({ check, direct: before, through: now, why: after?.why ?? 'not reached' });
    } else if (before === 'SUCCESS') kept += 1;
  }
  const reasons = new Map(baseline.map(({ check, reason }) => [check, reason]));
  const names = new Set(lost.map(({ check }) => check));
  return {
    kept,
    excused: lost.flatMap((one) => {
      const reason = reasons.get(one.check);
      return reason === undefined ? [] : [{ ...one, reason }];
    }),
    lost: lost.filter(({ check }) => !reasons.has(check)),
    stale: [...reasons.keys()].filter((check) => !names.has(check)),
  };
}

function isLost(before: Verdict | 'absent', now: Verdict | 'absent'): boolean {
  if (before === 'SUCCESS') return now !== 'SUCCESS';
  if (before === 'FAILURE') return false;
  return now === 'FAILURE' || (now === 'WARNING' && before !== 'WARNING');
}
