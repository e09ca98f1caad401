import { isOpen, isUnreviewedTooLong, type Override } from '#contracts/override-book.ts';

interface Item {
  readonly item: 'overrides';
  readonly state: 'red' | 'amber';
  readonly why: string;
}

/** INVARIANT: one that nobody but its giver has looked at within a day is red until somebody does. Undefined: none. */
export function overridesItem(all: readonly Override[], now: number): Item | undefined {
  const late = all.filter((one) => isUnreviewedTooLong(one, now));
  const open = all.filter((one) => isOpen(one, now));
  const waiting = all.filter(({ reviewed }) => reviewed === undefined);
  if (late.length > 0) {
    const [first] = late.toReversed();
    const more = late.length === 1 ? '' : `, and ${late.length - 1} more`;
    return {
      item: 'overrides',
      state: 'red',
      why: `nobody but its giver has looked at the override ${first?.id ?? ''} of ${first?.by ?? ''} for a day${more}: \`bailiwick override list\`, and somebody else \`bailiwick override review ID --reason …\``,
    };
  }
  if (open.length === 0 && waiting.length === 0) return undefined;
  const why = `${open.length} in force, ${waiting.length} that nobody else has looked at: \`bailiwick override list\``;
  return { item: 'overrides', state: 'amber', why };
}
