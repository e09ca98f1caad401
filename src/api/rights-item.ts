import type { RightsDifference } from '#contracts/kept-rights.ts';

interface Item {
  readonly item: 'rights';
  readonly state: 'red' | 'green';
  readonly why: string;
}

const words: Readonly<Record<RightsDifference['why'], string>> = {
  gone: 'is lost',
  changed: 'was changed',
  unknown: 'was added',
};

/** Whether the store says of people and their keys what control itself decided. */
export function rightsItem(differ: readonly RightsDifference[]): Item {
  const [first] = differ;
  if (first === undefined) {
    const why = 'people, passkeys, tokens and sign-ins are those that were given';
    return { item: 'rights', state: 'green', why };
  }
  const { what, person, why } = first;
  const more = differ.length === 1 ? '' : `, and ${differ.length - 1} more`;
  return {
    item: 'rights',
    state: 'red',
    why: `${what === 'person' ? 'the row' : `a ${what}`} of ${person} ${words[why]} in the store by nobody on record${more}: it was edited or put back, and what differs lets nobody in; find out who did it, then \`bailiwick person mend\``,
  };
}
