import type { StopDifference } from '#contracts/kept-stops.ts';
import { isoTime } from '#kernel/time.ts';

interface Item {
  readonly item: 'stops';
  readonly state: 'red' | 'green';
  readonly why: string;
}

const words: Readonly<Record<StopDifference['why'], string>> = {
  gone: 'was taken out of the store, and is in force again',
  changed: 'was changed in the store, and is again as it was set',
  unknown: 'was written into the store by nobody on record, and stays until it is released',
  unrevoked: 'was taken back in the store, and counts again',
};

/** Whether the store stopped what control itself decided; red for a day, for it is put right at once. */
export function stopsItem(differ: readonly StopDifference[]): Item {
  const last = differ.at(-1);
  if (last === undefined) {
    const why = 'what was stopped and not released is in force';
    return { item: 'stops', state: 'green', why };
  }
  const { target, reason, why, at } = last;
  const more = differ.length === 1 ? '' : `, and ${differ.length - 1} more`;
  return {
    item: 'stops',
    state: 'red',
    why: `a ${reason} of ${target.kind} ${nameOf(target)}${words[why]} (${isoTime(at)})${more}: the store was edited or put back; find out who did it. Red for a day; \`bailiwick audit query type:stop.differs\` has each`,
  };
}

function nameOf(target: StopDifference['target']): string {
  if (target.kind === 'agent') return `${target.agent} `;
  return target.kind === 'instance' ? `${target.instance} ` : '';
}
