import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Takes every free byte of the disk that holds this folder; gives them back when told to. */
export function fillDisk(folder: string): () => void {
  const path = join(folder, 'filler');
  const fd = openSync(path, 'a');
  for (let size = 1024 * 1024; size >= 4096; ) {
    try {
      if (writeSync(fd, Buffer.alloc(size)) < size) size /= 4;
    } catch {
      size /= 4;
    }
  }
  closeSync(fd);
  return () => rmSync(path);
}
