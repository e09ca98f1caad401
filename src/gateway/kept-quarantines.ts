import type { OverlayEntry } from '#kernel/overlay.ts';

/**
 * INVARIANT: a quarantine ends with the pin that a human gave, and that pin comes with a Snapshot:
 * while that one is compiled here, or refused, the old definition stays shut.
 */
export interface KeptQuarantines {
  /** Those that were lifted for a configuration which is not in force here yet. */
  readonly kept: readonly OverlayEntry[];
  expect(number: number): void;
  /** True when what was kept is kept no longer. */
  inForce(number: number): boolean;
  lift(before: readonly OverlayEntry[], now: readonly OverlayEntry[]): void;
}

export function keptQuarantines(): KeptQuarantines {
  let kept: readonly OverlayEntry[] = [];
  let expected = -1;
  let current = -1;
  return {
    get kept() {
      return kept;
    },
    expect: (number) => void (expected = number),
    inForce(number) {
      current = number;
      const ended = kept.length > 0 && current >= expected;
      if (ended) kept = [];
      return ended;
    },
    lift(before, now) {
      const there = new Set(now.map(({ id }) => id));
      const lifted = [...before, ...kept].filter(
        ({ id, why }) => why === 'quarantine' && !there.has(id),
      );
      kept = current >= expected ? [] : lifted;
    },
  };
}
