import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

/** The file operations of a log; tests give their own, which fail on purpose. Each is synchronous: it runs in a worker. */
export interface LogFs {
  /** Undefined when there is no such file. */
  read(path: string): Uint8Array | undefined;
  exists(path: string): boolean;
  /** On disk when it returns. */
  write(path: string, bytes: Uint8Array): void;
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
    const fd = fs.openSync(path, 'w', 0o600);
    try {
      fs.writeFileSync(fd, bytes);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  makeFolder: (path) => {
    if (fs.existsSync(path)) return false;
    fs.mkdirSync(path, { mode: 0o700 });
    return true;
  },
  syncFolder: (path) => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  remove: (path) => {
    fs.rmSync(path, { recursive: true, force: true });
  },
};

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Files that appear whole or not at all; their names are durable after `settle`. */
export class DurableFolder {
  readonly #io: LogFs;
  readonly #folder: string;
  readonly #touched = new Set<string>();
  readonly #known = new Set<string>();

  constructor(io: LogFs, folder: string) {
    this.#io = io;
    this.#folder = folder;
  }

  read = (path: string): Uint8Array | undefined => this.#io.read(join(this.#folder, path));

  exists(path: string): boolean {
    return this.#io.exists(join(this.#folder, path));
  }

  put(path: string, bytes: Uint8Array): void {
    const target = join(this.#folder, path);
    this.#makeFolders(dirname(target));
    this.#io.write(target + temporarySuffix, bytes);
    this.#io.rename(target + temporarySuffix, target);
    this.#touched.add(dirname(target));
  }

  settle(): void {
    for (const folder of this.#touched) this.#io.syncFolder(folder);
    this.#touched.clear();
  }

  /** Nothing depends on it: after a crash it may still be there. */
  removeFolder(path: string): void {
    const folder = join(this.#folder, path);
    // Under load most bundles were never partial on disk.
    if (!this.#known.delete(folder) && !this.#io.exists(folder)) return;
    this.#io.remove(folder);
  }

  #makeFolders(folder: string): void {
    if (this.#known.has(folder)) return;
    const parent = dirname(folder);
    if (parent !== folder && !this.#io.exists(folder)) {
      this.#makeFolders(parent);
      if (this.#io.makeFolder(folder)) this.#touched.add(parent);
    }
    this.#known.add(folder);
  }
}
