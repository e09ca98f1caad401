import type { DiskSpace } from '#contracts/disk-space.ts';

interface Item {
  readonly item: 'space';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** Whether the disk of the data folder has room for what comes. */
export function spaceItem({ freeBytes, totalBytes, level, below }: DiskSpace): Item {
  const item = 'space';
  if (totalBytes === 0)
    return { item, state: 'amber', why: 'the disk does not say how full it is' };
  const levels =
    below === undefined
      ? ''
      : ` (told below ${mebibytes(below.low)}, no new call below ${mebibytes(below.refusing)}, only ends below ${mebibytes(below.sealed)})`;
  const room = `${mebibytes(freeBytes)} of ${mebibytes(totalBytes)} MiB are free${levels}`;
  switch (level) {
    case 'enough':
      return { item, state: 'green', why: room };
    case 'low':
      return { item, state: 'amber', why: `${room}: make room, or calls will be refused` };
    case 'refusing':
      return { item, state: 'red', why: `${room}: no new call begins; make room` };
    case 'sealed':
      return {
        item,
        state: 'red',
        why: `${room}: what was begun is ended, nothing else; make room`,
      };
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
