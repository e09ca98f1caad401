import { BailiwickError } from '#kernel/errors.ts';
import { tileWidth } from './tile.ts';

/** Says which records at the front of a log are gone; it lies beside the checkpoint. */
export const prunedFile = 'pruned';

/**
 * INVARIANT: worth nothing by itself: whoever verifies holds it against a record `log.pruned` of these logs, and its
 * root against the tiles, which are kept.
 */
export interface PrunedPrefix {
  /** Where the last pruning began: what is left of it is cleared away from here on. */
  readonly from: number;
  /** Records `[0, to)` are gone; whole bundles. */
  readonly to: number;
  /** Of a tree of the first `to` records, in hex. */
  readonly root: string;
  /** The id of the record that says so, and why. */
  readonly record: string;
}

const form = /^bailiwick pruned 1\n(\d{1,15}) (\d{1,15})\n([0-9a-f]{64})\n([0-9a-f-]{36})\n$/u;

export function encodePruned({ from, to, root, record }: PrunedPrefix): Uint8Array {
  return Buffer.from(`bailiwick pruned 1\n${from} ${to}\n${root}\n${record}\n`, 'latin1');
}

export function parsePruned(bytes: Uint8Array): PrunedPrefix {
  const [, from, to, root = '', record = ''] =
    form.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  const end = Number(to);
  if (from === undefined || end % tileWidth !== 0 || end === 0 || Number(from) > end) {
    throw new BailiwickError('audit/inconsistent', {
      message: `\`${prunedFile}\` of the log is damaged`,
    });
  }
  return { from: Number(from), to: end, root, record };
}
