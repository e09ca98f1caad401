import { type FlowFacts, leakedLabels } from '#kernel/decision.ts';

/** As rules read it, for both who judge; the reasons themselves are for people. */
export function flowFacts({
  verdict,
  intent,
  kinds,
  whys,
  origins,
  leaks,
  bulk,
}: FlowFacts): Readonly<Record<string, string | number | boolean | string[]>> {
  return {
    verdict,
    intent,
    kinds: [...kinds],
    whys: [...whys],
    origins: [...origins],
    leaks: [...leakedLabels(leaks)],
    bulk: [...(bulk?.over ?? [])],
    bulkRefuses: bulk?.refuses ?? false,
    rows: bulk?.rows ?? 0,
    bytes: bulk?.bytes ?? 0,
    windowRows: bulk?.within.rows ?? 0,
    windowBytes: bulk?.within.bytes ?? 0,
    windowCalls: bulk?.within.calls ?? 0,
  };
}
