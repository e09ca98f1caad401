import { statSync } from 'node:fs';
import type { StoreCut, StoreCuts } from '#contracts/store-cut.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { SqliteFile } from './file.ts';

export interface FileOfCut {
  /** Below the data folder. */
  readonly name: string;
  readonly path: string;
  readonly file: Pick<SqliteFile, 'pause' | 'standStill' | 'moveOn'>;
}

export interface CutBounds {
  /** So much may lie beside the files, and so long may one last, before they are written to again. */
  readonly mostBytesBeside: number;
  readonly mostMs: number;
  readonly lookMs: number;
}

const usual: CutBounds = { mostBytesBeside: 256 * 1024 * 1024, mostMs: 15 * 60_000, lookMs: 1_000 };

/**
 * A cut costs no copy: in WAL mode a file is written at a checkpoint alone. All files are paused, brought up to date
 * in one go, and then checkpoints wait while whoever takes the cut reads them. INVARIANT: by another process: to close
 * a file that SQLite has open would drop its locks.
 */
export function createCuts(
  filesNow: () => Promise<readonly FileOfCut[]>,
  bounds: CutBounds = usual,
): StoreCuts {
  let isOpen = false;
  return {
    async begin() {
      if (isOpen) throw takenAlready();
      isOpen = true;
      try {
        const files = await filesNow();
        await standStill(files);
        return cutOf(files, bounds, () => (isOpen = false));
      } catch (fault) {
        isOpen = false;
        throw fault;
      }
    },
  };
}

/** INVARIANT: of one moment: no transaction is open in any of them while each is brought up to date. */
async function standStill(files: readonly FileOfCut[]): Promise<void> {
  const goOn = await Promise.all(files.map(({ file }) => file.pause()));
  try {
    for (const { file } of files) file.standStill();
  } catch (fault) {
    for (const { file } of files) file.moveOn();
    throw fault;
  } finally {
    for (const one of goOn) one();
  }
}

function cutOf(files: readonly FileOfCut[], bounds: CutBounds, ended: () => void): StoreCut {
  const begun = performance.now();
  let whole: boolean | undefined;
  const end = (): boolean => {
    if (whole !== undefined) return whole;
    clearInterval(looks);
    // Each of them, whatever the first one says.
    whole = files.map(({ file }) => file.moveOn()).every((one) => one);
    ended();
    return whole;
  };
  const looks = setInterval(() => {
    const beside = files.reduce((sum, { path }) => sum + bytesOf(`${path}-wal`), 0);
    const isOver = performance.now() - begun > bounds.mostMs || beside > bounds.mostBytesBeside;
    if (!isOver) return;
    end();
    whole = false;
  }, bounds.lookMs);
  looks.unref();
  return {
    files: files.map(({ name, path }) => ({ name, bytes: bytesOf(path) })),
    end: () => Promise.resolve(end()),
  };
}

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function takenAlready(): BailiwickError {
  return new BailiwickError('store/locked', {
    message: 'another backup of this instance is being taken',
    suggestedAction: 'wait until it is done, then take this one',
  });
}
