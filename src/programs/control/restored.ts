import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '#kernel/time.ts';
import { restoredFile } from '#storage/backup/index.ts';
import { voidRestored } from '#wiring/index.ts';
import type { OpenControl } from './parts.ts';

/** Whose mark of `begin-anew` a restore always leaves beside the keys. */
const writer = 'control-1';

/**
 * INVARIANT: before anything is served. Whoever takes the file out of the data takes nothing back: until a person has
 * looked, the ratchet beside the keys knows too that this log was begun anew, and when.
 */
export async function voidWhatWasRestored(
  { store, sessions, ratchet }: Pick<OpenControl, 'store' | 'sessions' | 'ratchet'>,
  { data }: { readonly data: string },
): Promise<void> {
  const path = join(data, restoredFile);
  const parts = { ...store, sessions, clock };
  if (existsSync(path)) {
    const reason = `restored: ${readFileSync(path, 'utf8').trim()}`;
    await voidRestored(parts, { reason, before: Number.POSITIVE_INFINITY });
    rmSync(path);
    return;
  }
  // Later ones have the earlier in them.
  const anew = ratchet.open().findLast(({ of, why }) => of === writer && why === 'begun-anew');
  if (anew === undefined) return;
  await voidRestored(parts, { reason: 'restored: the log was begun anew', before: anew.at });
}
