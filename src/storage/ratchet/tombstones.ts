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

/** One file, replaced whole: some 150 bytes for each that was ever erased. */
export function openTombstones(folder: string): Tombstones {
  const file = openRatchetFile(join(folder, 'tombstones.ratchet'), content);
  let kept: readonly Tombstone[] = file.read()?.tombstones ?? [];
  return {
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
