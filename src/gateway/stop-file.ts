import type { OverlayEntry } from '#kernel/overlay.ts';
import { readStopFile } from '#kernel/stop-file.ts';

/** The stop file as entries that the overlay's look-ups understand. */
export function parseStopFile(text: string, tenant: string, now: number): OverlayEntry[] {
  return readStopFile(text, tenant).map(({ id, target, by, reason }) => ({
    id: `stop-file-${id}`,
    target,
    why: 'stop',
    by: by === '' ? 'stop-file' : by,
    reason: reason === '' ? 'a stop file lies in the data folder' : reason,
    at: now,
  }));
}
