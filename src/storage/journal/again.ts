import { join } from 'node:path';
import { type JournalFs, openFlags, syncFolder } from './fs.ts';
import { segmentName, type Spare, spareSuffix } from './segment.ts';

/**
 * A segment that was released is written again instead of a new file full of zeros: half of what the
 * journal gave to the disk were those zeros. What stands in it reads as no frame, because the next
 * header has another id and every frame is bound to that. One such file waits at most, under a name
 * that the next start removes.
 */
const waitingName = /^\d{12}\.spare$/u;
const goingSuffix = `.going${spareSuffix}`;

function waitingNameOf(number: number): string {
  return segmentName(number, spareSuffix);
}

function waitingIn(io: JournalFs, folder: string): string[] {
  return io.list(folder).filter((name) => waitingName.test(name));
}

/**
 * For whoever releases segments. INVARIANT: that it is no segment any more is on disk before it has
 * the name by which it is taken, or after a loss of power a segment would hold what came later.
 */
export function keepForLater(io: JournalFs, folder: string, number: number): void {
  const segment = join(folder, segmentName(number));
  if (waitingIn(io, folder).length > 0) return io.remove(segment);
  const going = join(folder, segmentName(number, goingSuffix));
  io.rename(segment, going);
  syncFolder(io, folder);
  io.rename(going, join(folder, waitingNameOf(number)));
}

export interface Wanted {
  readonly size: number;
  /** An earlier one may be one whose write failed: into such a file nothing is written. */
  readonly since: number;
}

/** For the writer, which names it anew; what waits and does not serve is removed. */
export function takeWaiting(io: JournalFs, folder: string, wanted: Wanted): Spare | undefined {
  let found: Spare | undefined;
  for (const name of waitingIn(io, folder)) {
    const path = join(folder, name);
    const serves = Number(name.slice(0, -spareSuffix.length)) >= wanted.since;
    const spare = found === undefined && serves ? openAgain(io, path, wanted.size) : undefined;
    if (spare === undefined) io.remove(path);
    else found = spare;
  }
  return found;
}

function openAgain(io: JournalFs, path: string, size: number): Spare | undefined {
  const fd = io.open(path, openFlags.append);
  if (io.size(fd) === size) return { fd, path };
  io.close(fd);
  return undefined;
}
