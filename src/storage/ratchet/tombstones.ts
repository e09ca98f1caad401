import { join } from 'node:path';
import { z } from 'zod';
import type { Tombstone, Tombstones } from '#contracts/tombstones.ts';
import { openRatchetFile } from './file.ts';

const content = z.strictObject({
  schema: z.literal(1),
  tombstones: z.array(
    z.strictObject({
      tenant: z.string().min(1),
      handle: z.string().min(1),
      record: z.string().min(1),
      at: z.number().int(),
    }),
  ),
});

const ifDamaged = {
  unknown: 'what was erased for good is not known',
  suggestedAction:
    'put it back from a backup of the keys folder; without one move it aside, and keep it: the next start makes it anew of every `privacy.erased` record that the logs here still have, and of an erasure whose record was pruned a key may come back with a backup of the store',
};

/** One file, replaced whole: some 150 bytes for each that was ever erased. */
export function openTombstones(folder: string): Tombstones {
  const file = openRatchetFile(join(folder, 'tombstones.ratchet'), content, ifDamaged);
  const there = file.read();
  let kept: readonly Tombstone[] = there?.tombstones ?? [];
  let isMissing = there === undefined;
  return {
    get isMissing() {
      return isMissing;
    },
    settle() {
      if (isMissing) file.write({ schema: 1, tombstones: [...kept] });
      isMissing = false;
    },
    add(tombstone) {
      const { tenant, handle } = tombstone;
      if (kept.some((one) => one.tenant === tenant && one.handle === handle)) return;
      const next = [...kept, tombstone];
      file.write({ schema: 1, tombstones: [...next] });
      kept = next;
    },
    all: () => kept,
  };
}
