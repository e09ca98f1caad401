import type { Change } from './door.ts';

export type OneChange = Omit<Change, 'calls' | 'examples' | 'first' | 'last'> & {
  readonly record: string;
  readonly time: number;
};

const mostChanges = 10_000;
const mostExamples = 5;

interface Changes {
  add(one: OneChange): void;
  /** What gives more first, then by how many calls. */
  all(): { readonly changes: readonly Change[]; readonly more: number };
}

/** Alike are those of one agent and user about one target that go from the same answer to the same other one. */
export function createChanges(): Changes {
  const alike = new Map<string, Change>();
  let more = 0;
  return {
    add(one) {
      const { record, time, ...change } = one;
      const { agent, user, target, from, to } = change;
      const key = JSON.stringify([agent, user, target, from, to]);
      const known = alike.get(key);
      if (known === undefined && alike.size >= mostChanges) return void (more += 1);
      alike.set(key, known === undefined ? firstOf(change, one) : added(known, { record, time }));
    },
    all: () => ({ changes: [...alike.values()].toSorted(byWeight), more }),
  };
}

function firstOf(
  change: Omit<OneChange, 'record' | 'time'>,
  { record, time }: Pick<OneChange, 'record' | 'time'>,
): Change {
  return { ...change, calls: 1, examples: [record], first: time, last: time };
}

function added(known: Change, { record, time }: Pick<OneChange, 'record' | 'time'>): Change {
  const { examples } = known;
  return {
    ...known,
    calls: known.calls + 1,
    examples: examples.length < mostExamples ? [...examples, record] : examples,
    first: Math.min(known.first, time),
    last: Math.max(known.last, time),
  };
}

const weight = { more: 0, other: 1, less: 2 } as const;

function byWeight(one: Change, other: Change): number {
  return weight[one.way] - weight[other.way] || other.calls - one.calls;
}
