import type { HeldDifference } from '#contracts/kept-holds.ts';

interface Item {
  readonly item: 'holds';
  readonly state: 'red' | 'green';
  readonly why: string;
}

/** Whether the store says the holds and agreements that are kept beside the keys. */
export function holdsItem(differ: readonly HeldDifference[]): Item {
  const [first] = differ;
  if (first === undefined) {
    return { item: 'holds', state: 'green', why: 'the store has the legal holds that were placed' };
  }
  const { what, id, why } = first;
  const more = differ.length === 1 ? '' : `, and ${differ.length - 1} more`;
  return {
    item: 'holds',
    state: 'red',
    why: `the ${what} ${id} is ${why} in the store${more}: nothing is erased or pruned until \`bailiwick audit hold mend\`; find out who edited it`,
  };
}
