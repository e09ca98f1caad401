import { dirname, join } from 'node:path';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type LogFs, nodeLogFs } from '#storage/tiles/index.ts';

/** What a name may stand for after a cut: a file, a folder, or nothing. */
type Named = FileBytes | 'folder' | undefined;

/** A file, under whatever name: what a cut may leave of it. Flushed, that is one thing only. */
interface FileBytes {
  left: Uint8Array[];
}

/**
 * A real folder on a disk that loses its power. Until then it behaves like any; `cut` then forgets
 * what nobody flushed: bytes of files (all, some or none of them are there), and names in folders,
 * each for itself, so that of two renames either may be lost. Names that were removed may be back.
 * Only what was written through `fs` is lost; it is gone no further than `operations`.
 */
export class PowerCutDisk {
  /** Operations that are left before the machine stops. */
  left = Number.POSITIVE_INFINITY;
  readonly #random: () => number;
  /** By path: what it may stand for, the present last. Of a flushed folder each has one. */
  readonly #names = new Map<string, Named[]>();

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  readonly fs: LogFs = {
    ...nodeLogFs,
    write: (path, bytes) => {
      this.#step();
      const present = this.#names.get(path)?.at(-1);
      const file = isFile(present) ? present : { left: [new Uint8Array(0)] };
      const all = Uint8Array.from(bytes);
      const some = all.subarray(0, Math.floor(this.#random() * all.length));
      file.left.push(new Uint8Array(0), some, all);
      if (file !== present) this.#name(path, file);
      nodeLogFs.write(path, bytes);
    },
    sync: (path) => {
      this.#step();
      const file = this.#names.get(path)?.at(-1);
      if (!isFile(file)) throw new Error(`\`${path}\` is no file`);
      file.left = file.left.slice(-1);
    },
    rename: (from, to) => {
      this.#step();
      this.#name(to, this.#names.get(from)?.at(-1));
      this.#name(from, undefined);
      nodeLogFs.rename(from, to);
    },
    makeFolder: (path) => {
      this.#step();
      const made = nodeLogFs.makeFolder(path);
      if (made) this.#name(path, 'folder');
      return made;
    },
    syncFolder: (path) => {
      this.#step();
      for (const [name, left] of this.#names) {
        if (dirname(name) === path) this.#names.set(name, left.slice(-1));
      }
    },
    remove: (path) => {
      this.#step();
      for (const name of this.#names.keys()) {
        if (name === path || name.startsWith(join(path, '/'))) this.#name(name, undefined);
      }
      nodeLogFs.remove(path);
    },
  };

  /** The power is gone and comes back; nothing is pending then. */
  cut(): void {
    this.left = Number.POSITIVE_INFINITY;
    const gone = new Set<string>();
    for (const path of [...this.#names.keys()].sort()) {
      const named = gone.has(dirname(path)) ? undefined : this.#oneOf(this.#names.get(path) ?? []);
      if (named === undefined) gone.add(path);
      if (isFile(named)) named.left = [this.#oneOf(named.left) ?? new Uint8Array(0)];
      this.#names.set(path, [named]);
      if (named !== 'folder') rmSync(path, { recursive: true, force: true });
      if (named === 'folder') mkdirSync(path, { recursive: true });
      if (isFile(named)) writeFileSync(path, named.left[0] ?? '');
    }
  }

  #step(): void {
    this.left -= 1;
    if (this.left < 0) throw new Error('crashed');
  }

  #name(path: string, named: Named): void {
    this.#names.set(path, [...(this.#names.get(path) ?? [undefined]), named]);
  }

  #oneOf<T>(left: readonly T[]): T | undefined {
    return left[Math.floor(this.#random() * left.length)];
  }
}

function isFile(named: Named): named is FileBytes {
  return typeof named === 'object';
}

/** The same numbers for the same seed (a linear congruential generator, of which the high bits are used). */
function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
