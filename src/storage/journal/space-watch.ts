import { statfsSync } from 'node:fs';
import { type DiskSpace, diskSpace, type SpaceLevels, usualLevels } from '#contracts/disk-space.ts';
import type { Clock } from '#kernel/time.ts';

type Measure = (folder: string) => { readonly freeBytes: number; readonly totalBytes: number };

/** A disk that fills up in less time is full before anybody could act. */
const everyMs = 1_000;

/** How much room the disk of this folder has; asked at most once in a second, whoever asks. */
export function watchSpace(
  folder: string,
  clock: Pick<Clock, 'monotonic'>,
  {
    levels = usualLevels,
    measure = measured,
  }: { readonly levels?: SpaceLevels | undefined; readonly measure?: Measure } = {},
): () => DiskSpace {
  let last = diskSpace(Number.POSITIVE_INFINITY, 0);
  let lookAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonic();
    if (now < lookAt) return last;
    lookAt = now + everyMs;
    try {
      const { freeBytes, totalBytes } = measure(folder);
      last = diskSpace(freeBytes, totalBytes, levels);
    } catch {
      // A disk that does not say: each append finds out whether it takes it.
    }
    return last;
  };
}

/** For who is not root: a part of some disks is kept for that one. */
function measured(folder: string) {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
