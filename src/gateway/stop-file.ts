import type { OverlayEntry } from '#kernel/overlay.ts';
import { fileEntry, readStopFile } from '#kernel/stop-file.ts';

/** The stop file as entries that the overlay's look-ups understand. */
export function parseStopFile(text: string, tenant: string): OverlayEntry[] {
  return readStopFile(text, tenant).map(fileEntry);
}
