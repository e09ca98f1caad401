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
  scope,
}: FlowFacts): Readonly<Record<string, string | number | boolean | string[]>> {
  return {
    verdict,
    intent,
    kinds: [...kinds],
    whys: [...whys],
    origins: [...origins],
    leaks: [...leakedLabels(leaks)],
    scope: scope?.what ?? 'inside',
    outside: [...new Set(scope?.outside.map(({ kind }) => kind))].sort(),
    ...howMuch(bulk),
  };
}

function howMuch(bulk: FlowFacts['bulk']) {
  const { rows, bytes, within, over, refuses } = bulk ?? nothing;
  return {
    bulk: [...over],
    bulkRefuses: refuses,
    rows,
    bytes,
    windowRows: within.rows,
    windowBytes: within.bytes,
    windowCalls: within.calls,
  };
}

/** Of a call that nobody counts. */
const nothing = {
  rows: 0,
  bytes: 0,
  within: { rows: 0, bytes: 0, calls: 0 },
  over: [],
  refuses: false,
} as const;
