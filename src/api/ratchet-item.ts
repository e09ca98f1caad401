interface Item {
  readonly item: 'ratchet';
  readonly state: 'red' | 'green';
  readonly why: string;
}

/** Red until a person releases the stop that was set over it: that is the look at it. */
export function ratchetItem(
  putBack: readonly { readonly of: string; readonly why: string }[],
): Item {
  const what = putBack.map(({ of, why }) => `${of}: ${why}`).join(', ');
  return putBack.length === 0
    ? { item: 'ratchet', state: 'green', why: 'the data goes on from what was signed' }
    : {
        item: 'ratchet',
        state: 'red',
        why: `data was put back (${what}); everything is stopped and earlier grants are void`,
      };
}
