import type { ExportsHealth } from '#planes/export/index.ts';

interface Item {
  readonly item: 'exports';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** The thread of the exporters says how they do every second, and begins again within one. */
const silentMs = 30_000;
/** What is behind for longer does not come along. */
const behindMs = 60_000;

/** Whether whoever is to have the records has them; nothing where nobody is. Calls do not wait for it. */
export function exportsItem({ sinks, silentMs: silent }: ExportsHealth): Item | undefined {
  if (sinks.length === 0) return undefined;
  const item = 'exports';
  if (silent > silentMs) {
    const why = `the exporters say nothing for ${Math.round(silent / 1_000)} s`;
    return { item, state: 'red', why };
  }
  const wrong = sinks.flatMap(({ sink, stuck, fault, lag, behindMs: behind }) => {
    const late =
      behind > behindMs ? `${lag} records behind for ${Math.round(behind / 1_000)} s` : '';
    const told = [...stuck, ...(behind > behindMs ? [late, fault ?? ''] : [])].filter(Boolean);
    return told.length === 0 ? [] : [`${sink}: ${told.join('; ')}`];
  });
  if (wrong.length > 0) return { item, state: 'red', why: wrong.join('; ') };
  const failing = sinks.flatMap(({ sink, fault }) =>
    fault === undefined ? [] : [`${sink}: ${fault}`],
  );
  if (failing.length > 0) {
    return { item, state: 'amber', why: `tried again: ${failing.join('; ')}` };
  }
  const dead = sinks.flatMap(({ sink, dead: count }) => (count === 0 ? [] : [`${sink}: ${count}`]));
  const letters = dead.length === 0 ? '' : `; never taken: ${dead.join(', ')}`;
  return {
    item,
    state: dead.length === 0 ? 'green' : 'amber',
    why: `records reach ${sinks.map(({ sink }) => sink).join(', ')}${letters}`,
  };
}
