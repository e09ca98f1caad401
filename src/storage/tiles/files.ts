import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

/** The file operations of a log; tests give their own, which fail on purpose. Each is synchronous: it runs in a worker. */
export interface LogFs {
  /** Undefined when there is no such file. */
  read(path: string): Uint8Array | undefined;
  exists(path: string): boolean;
  write(path: string, bytes: Uint8Array): void;
  /** What was written to this file is on disk when it returns; throws when any of it could not be. */
  sync(path: string): void;
  rename(from: string, to: string): void;
  /** True when it made the folder. */
  makeFolder(path: string): boolean;
  syncFolder(path: string): void;
  remove(path: string): void;
}

const temporarySuffix = '.tmp';

export const nodeLogFs: LogFs = {
  read: (path) => {
    try {
      return fs.readFileSync(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  exists: (path) => fs.existsSync(path),
  write: (path, bytes) => {
    fs.writeFileSync(path, bytes, { mode: 0o600 });
  },
  // The kernel remembers a failed write of a file until somebody was told, also over a close.
  sync: syncPath,
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  makeFolder: (path) => {
    if (fs.existsSync(path)) return false;
    fs.mkdirSync(path, { mode: 0o700 });
    return true;
  },
  syncFolder: syncPath,
  remove: (path) => {
    fs.rmSync(path, { recursive: true, force: true });
  },
};

function syncPath(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Undefined when there is no such file; shorter where the file ends before. */
export function readFilePart(path: string, from: number, length: number): Uint8Array | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, from));
  } finally {
    fs.closeSync(fd);
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** So many files wait at most: what a crash would have to write again stays little. */
const mostWaiting = 64;

/**
 * Files that appear whole or not at all. They are written at once and wait for their flush together:
 * each flush alone makes the file system commit, and the write-ahead file waits for such commits.
 */
export class DurableFolder {
  readonly #io: LogFs;
  readonly #folder: string;
  readonly #top: string;
  /** Written under their temporary name. */
  readonly #waiting = new Set<string>();
  readonly #touched = new Set<string>();
  readonly #known = new Set<string>();

  /** Of folders below `top` that are there, a killed process may have made the name and not flushed it. */
  constructor(io: LogFs, folder: string, top: string = folder) {
    this.#io = io;
    this.#folder = folder;
    this.#top = join(top, '/');
  }

  read = (path: string): Uint8Array | undefined => this.#io.read(join(this.#folder, path));

  exists(path: string): boolean {
    const target = join(this.#folder, path);
    return this.#waiting.has(target) || this.#io.exists(target);
  }

  /** Whole and durable under its name after `settle` or `commit`. */
  put(path: string, bytes: Uint8Array): void {
    const target = join(this.#folder, path);
    this.#write(target, bytes);
    this.#waiting.add(target);
    if (this.#waiting.size >= mostWaiting) this.#land();
  }

  /** What is there already, named by a process that may have been killed before it flushed the name. */
  relyOn(path: string): void {
    this.#touched.add(dirname(join(this.#folder, path)));
  }

  settle(): void {
    this.#land();
    for (const folder of this.#touched) this.#io.syncFolder(folder);
    this.#touched.clear();
  }

  /**
   * Settles what was put, and then a file that speaks for it. INVARIANT: that file has its name only
   * when all the others have theirs, whenever the machine stops.
   */
  commit(path: string, bytes: Uint8Array): void {
    const target = join(this.#folder, path);
    this.#write(target, bytes);
    this.#io.sync(target + temporarySuffix);
    this.settle();
    this.#io.rename(target + temporarySuffix, target);
    this.#io.syncFolder(dirname(target));
  }

  /** Nothing depends on it: after a crash it may still be there. */
  removeFolder(path: string): void {
    const folder = join(this.#folder, path);
    // Under load most bundles were never partial on disk.
    if (!this.#known.delete(folder) && !this.#io.exists(folder)) return;
    this.#io.remove(folder);
  }

  #write(target: string, bytes: Uint8Array): void {
    this.#makeFolders(dirname(target));
    this.#io.write(target + temporarySuffix, bytes);
  }

  /** Gives names to what is on disk. */
  #land(): void {
    for (const target of this.#waiting) this.#io.sync(target + temporarySuffix);
    for (const target of this.#waiting) {
      this.#io.rename(target + temporarySuffix, target);
      this.#touched.add(dirname(target));
    }
    this.#waiting.clear();
  }

  #makeFolders(folder: string): void {
    if (this.#known.has(folder)) return;
    const parent = dirname(folder);
    const isMissing = !this.#io.exists(folder);
    if (parent !== folder && (isMissing || folder.startsWith(this.#top))) {
      this.#makeFolders(parent);
      if (isMissing) this.#io.makeFolder(folder);
      this.#touched.add(parent);
    }
    this.#known.add(folder);
  }
}
