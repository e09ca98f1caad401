import type { LogFrame, LogHead, LogWriter } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { startOfSegment } from '#storage/journal/index.ts';
import {
  bundlePath,
  encodeTile,
  GrowingTree,
  leafHash,
  logVkey,
  type RawSigner,
  readBundle,
  readTile,
  sameHash,
  secondVkey,
  secondVkeyFile,
  signCheckpoint,
  tilePath,
  tileWidth,
} from '#tlog/index.ts';
import { BodyWriter, emptyPack } from './bodies.ts';
import type { DurableFolder } from './files.ts';
import { OpenBundle } from './open-bundle.ts';
import { encodeState, isAfter, stateFile, type WriterState } from './state.ts';

/** Remembers heads out of reach of whoever can put the folder back. */
export interface HeadMemory {
  last(origin: string): { readonly size: number; readonly root: string } | undefined;
  /** Durable when it returns. */
  advance(head: { readonly origin: string; readonly size: number; readonly root: string }): void;
}

export function inconsistent(options: { readonly origin: string }, why: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', { message: `log \`${options.origin}\` ${why}` });
}

/** For copying to somebody who verifies; beside the log itself it proves nothing. */
const vkeyFile = 'vkey';

export interface TileLogParts {
  readonly origin: string;
  readonly signer: RawSigner;
  readonly ratchet: HeadMemory | undefined;
  readonly files: DurableFolder;
  /** What its files say, which was checked. */
  readonly state: WriterState | undefined;
  readonly published: number;
}

type Taken = Pick<WriterState, 'journal' | 'position'>;

/**
 * Files that are full are written as soon as they are, and once; the right edge (partial tiles, the
 * open bundle and pack) waits in memory for `save`, since the journal still holds it.
 */
export class TileLogWriter implements LogWriter {
  readonly origin: string;
  readonly #signer: RawSigner;
  readonly #ratchet: HeadMemory | undefined;
  readonly #files: DurableFolder;
  readonly #tree: GrowingTree;
  readonly #bodies: BodyWriter;
  readonly #bundle = new OpenBundle();
  /** What is durable. */
  #state: WriterState | undefined;
  /** How far the journal was taken; ahead of the state until that is saved. */
  #taken: Taken | undefined;
  /** Levels whose partial tile is another than the saved one. */
  readonly #changed = new Set<number>();
  /** Files that became full since the state was saved. */
  #full: string[] = [];
  #published: number;
  #broken = false;

  constructor(parts: TileLogParts) {
    const { files, state } = parts;
    this.origin = parts.origin;
    this.#signer = parts.signer;
    this.#ratchet = parts.ratchet;
    this.#files = files;
    this.#state = state;
    this.#taken = state;
    this.#tree = GrowingTree.load(files.read, state?.size ?? 0);
    this.#bodies = new BodyWriter(files, state?.size ?? 0, state?.pack ?? emptyPack);
    this.#published = parts.published;
    if (state === undefined) return;
    if (Buffer.from(this.#tree.root()).toString('hex') !== state.root) {
      throw inconsistent(this, 'does not hash to what its writer left');
    }
    this.#loadBundle(state.size);
  }

  get size(): number {
    return this.#tree.size;
  }

  get unsigned(): number {
    return this.size - this.#published;
  }

  get integrated(): LogWriter['integrated'] {
    if (this.#state === undefined) return undefined;
    return { journal: this.#state.journal, position: this.#state.position };
  }

  take(journal: string, frames: readonly LogFrame[]): void {
    this.#guard();
    const known = this.#taken;
    if (known !== undefined && known.journal !== journal) {
      throw inconsistent(
        this,
        `was fed from journal \`${known.journal}\`, not from \`${journal}\``,
      );
    }
    // Frames come in order, so those that were taken before stand first.
    const first = frames.findIndex(
      ({ position }) => known === undefined || isAfter(position, known.position),
    );
    const fresh = first > 0 ? frames.slice(first) : frames;
    const last = fresh.at(-1);
    if (first < 0 || last === undefined) return;
    this.#unlessBroken(() => {
      if (known === undefined) this.#begin(journal, fresh[0] ?? last);
      for (const { kind, bytes } of fresh) {
        if (kind === 'payload') this.#bodies.add(bytes);
        else this.#addEntry(bytes);
      }
      this.#taken = { journal, position: last.position };
    });
  }

  save(): void {
    this.#guard();
    const taken = this.#taken;
    if (taken === undefined || taken === this.#state) return;
    this.#unlessBroken(() => {
      this.#writeEdge();
      this.#commit(taken, this.#bodies.save(this.size));
      for (const path of this.#full) this.#files.removeFolder(`${path}.p`);
      this.#full = [];
    });
  }

  append(journal: string, frames: readonly LogFrame[]): void {
    this.take(journal, frames);
    this.save();
  }

  publish(): LogHead {
    this.save();
    const head = { origin: this.origin, size: this.size, root: this.#tree.root() };
    if (this.#state === undefined || this.#published === head.size) return head;
    this.#unlessBroken(() => {
      if (!this.#files.exists(vkeyFile)) {
        const vkey = logVkey(this.origin, this.#signer.publicKey);
        this.#files.put(vkeyFile, Buffer.from(`${vkey}\n`, 'utf8'));
      }
      this.#putSecondKey();
      // INVARIANT: the ratchet first: a log is never behind what it has shown.
      const root = Buffer.from(head.root).toString('hex');
      this.#ratchet?.advance({ origin: head.origin, size: head.size, root });
      this.#files.commit('checkpoint', Buffer.from(signCheckpoint(head, this.#signer), 'utf8'));
      this.#published = head.size;
    });
    return head;
  }

  /** Beside the first, for whoever takes keys down; a log may begin to be signed twice at any size. */
  #putSecondKey(): void {
    const { second } = this.#signer;
    if (second === undefined || this.#files.exists(secondVkeyFile)) return;
    const vkey = secondVkey(this.origin, second.publicKey);
    this.#files.put(secondVkeyFile, Buffer.from(`${vkey}\n`, 'utf8'));
  }

  #guard(): void {
    if (!this.#broken) return;
    throw new BailiwickError('audit/unavailable', {
      message: `the writer of log \`${this.origin}\` has failed and must be opened again`,
    });
  }

  #unlessBroken(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /**
   * The state is the first file of a log, or a crash would leave tiles that nothing speaks for. All
   * of the log is in the segment of its first frame, or behind it.
   */
  #begin(journal: string, first: LogFrame): void {
    this.#commit({ journal, position: startOfSegment(first.position.segment) }, emptyPack);
  }

  #addEntry(entry: Uint8Array): void {
    this.#changed.add(0);
    this.#bundle.add(entry);
    for (const tile of this.#tree.append(leafHash(entry))) {
      this.#changed.add(tile.level + 1);
      this.#putFull(tilePath(tile.level, tile.index), encodeTile(tile.hashes));
    }
    if (this.#bundle.count < tileWidth) return;
    const index = this.size / tileWidth - 1;
    this.#putFull(bundlePath(index), this.#bundle.encoded);
    const pack = this.#bodies.complete(index);
    if (pack !== undefined) this.#full.push(pack);
    this.#bundle.clear();
  }

  #putFull(path: string, bytes: Uint8Array): void {
    this.#files.put(path, bytes);
    this.#full.push(path);
  }

  #writeEdge(): void {
    for (const tile of this.#tree.partials()) {
      if (!this.#changed.has(tile.level)) continue;
      const path = tilePath(tile.level, tile.index, tile.hashes.length);
      this.#files.put(path, encodeTile(tile.hashes));
    }
    if (this.#bundle.count > 0 && this.#changed.has(0)) {
      const index = Math.floor(this.size / tileWidth);
      this.#files.put(bundlePath(index, this.#bundle.count), this.#bundle.encoded);
    }
    this.#changed.clear();
  }

  /**
   * The step that counts: before it nothing was appended, after it everything was. INVARIANT: what
   * the state names is on disk before the state is.
   */
  #commit({ journal, position }: Taken, pack: WriterState['pack']): void {
    const state = {
      journal,
      position,
      pack,
      origin: this.origin,
      size: this.size,
      root: Buffer.from(this.#tree.root()).toString('hex'),
      published: this.#published,
      kept: this.#ratchet !== undefined,
    };
    this.#files.commit(stateFile, encodeState(state));
    this.#state = state;
    this.#taken = state;
  }

  #loadBundle(size: number): void {
    const index = Math.floor(size / tileWidth);
    const width = size % tileWidth;
    if (width === 0) return;
    const entries = readBundle(this.#files.read, index, width);
    const hashes = readTile(this.#files.read, { level: 0, index, width });
    for (const [i, entry] of entries.entries()) {
      const hash = hashes[i];
      if (hash === undefined || !sameHash(leafHash(entry), hash)) {
        throw inconsistent(this, `has another record ${index * tileWidth + i} than its tree`);
      }
      this.#bundle.add(entry);
    }
  }
}
