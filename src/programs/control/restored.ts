import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '#kernel/time.ts';
import { restoredFile } from '#storage/backup/index.ts';
import { voidRestored } from '#wiring/index.ts';
import type { OpenControl } from './parts.ts';

/** INVARIANT: before anything is served. */
export async function voidWhatWasRestored(
  { store, sessions }: Pick<OpenControl, 'store' | 'sessions'>,
  { data }: { readonly data: string },
): Promise<void> {
  const path = join(data, restoredFile);
  if (!existsSync(path)) return;
  const reason = `restored: ${readFileSync(path, 'utf8').trim()}`;
  await voidRestored({ ...store, sessions, clock }, reason);
  rmSync(path);
}
