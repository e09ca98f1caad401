import { type FlowFacts, leakedLabels } from '#kernel/decision.ts';

/** As rules read it, for both who judge; the reasons themselves are for people. */
export function flowFacts({
  verdict,
  intent,
  kinds,
  whys,
  origins,
  leaks,
}: FlowFacts): Readonly<Record<string, string | boolean | string[]>> {
  return {
    verdict,
    intent,
    kinds: [...kinds],
    whys: [...whys],
    origins: [...origins],
    leaks: [...leakedLabels(leaks)],
  };
}
