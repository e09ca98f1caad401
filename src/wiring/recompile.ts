import { BailiwickError } from '#kernel/errors.ts';
import type { Reaction } from './reaction.ts';

/**
 * Documents, pins and secrets become the next Snapshot. What does not compile keeps the last one in
 * force and is not tried again: only another change of documents can mend it.
 */
export function recompileAfter(
  recompile: () => Promise<unknown>,
  onRefused: (fault: BailiwickError) => void,
): Reaction {
  return {
    kind: 'recompile',
    async react() {
      try {
        await recompile();
      } catch (fault) {
        if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') throw fault;
        onRefused(fault);
      }
    },
  };
}
