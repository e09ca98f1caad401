import type { LogFrame, LogHead, LogWriter } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  bundlePath,
  encodeBundle,
  encodeTile,
  GrowingTree,
  leafHash,
  logVkey,
  openCheckpoint,
  parseVkey,
  type RawSigner,
  type ReadLogFile,
  readBundle,
  readTile,
  sameHash,
  signCheckpoint,
  TileTree,
  tilePath,
  tileWidth,
} from '#tlog/index.ts';
import { BodyWriter, emptyPack } from './bodies.ts';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';
import { encodeState, isAfter, parseState, stateFile, type WriterState } from './state.ts';

export interface OpenLogWriterOptions {
  /** `DIR/log/<tenant>/<retention>/<writer>`. */
  readonly folder: string;
  /** Also the name of the key: a URL without scheme. INVARIANT: never reused after loss of data. */
  readonly origin: string;
  readonly signer: RawSigner;
  readonly fs?: LogFs;
  /** What was signed before, as it is remembered elsewhere; without it, only the files say it. */
  readonly ratchet?: HeadMemory;
}

/** Remembers heads out of reach of whoever can put the folder back. */
export interface HeadMemory {
  last(origin: string): { readonly size: number; readonly root: string } | undefined;
  /** Durable when it returns. */
  advance(head: { readonly origin: string; readonly size: number; readonly root: string }): void;
}

/** Opens or begins a log; refuses with `audit/inconsistent` when what is there contradicts itself. */
export function openLogWriter(options: OpenLogWriterOptions): LogWriter {
  const files = new DurableFolder(options.fs ?? nodeLogFs, options.folder);
  const bytes = files.read(stateFile);
  const last = options.ratchet?.last(options.origin);
  if (bytes === undefined) {
    if (files.exists('checkpoint') || (last !== undefined && last.size > 0)) {
      throw inconsistent(options, `has no \`${stateFile}\``);
    }
    return new TileLogWriter(options, files, { state: undefined, published: 0 });
  }
  const state = parseState(bytes);
  if (state.origin !== options.origin) throw inconsistent(options, `is of \`${state.origin}\``);
  if (last !== undefined && !extendsHead(files.read, state.size, last)) {
    throw inconsistent(options, `does not go on from the ${last.size} records that were signed`);
  }
  const published = checkPublished(options, files, state);
  return new TileLogWriter(options, files, { state, published });
}

function inconsistent(options: { readonly origin: string }, why: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', { message: `log \`${options.origin}\` ${why}` });
}

/**
 * INVARIANT: a log never signs a head that contradicts one that it published. A folder that was put
 * back to an older state is found here as far as its own files can show it.
 */
function checkPublished(
  options: OpenLogWriterOptions,
  files: DurableFolder,
  state: WriterState,
): number {
  const bytes = files.read('checkpoint');
  if (bytes === undefined) {
    // What the ratchet remembers of it may be signed again.
    const last = options.ratchet?.last(options.origin);
    if (state.published > (last?.size ?? 0)) throw inconsistent(options, 'has lost its checkpoint');
    return 0;
  }
  const log = parseVkey(logVkey(options.origin, options.signer.publicKey));
  let head: LogHead;
  try {
    head = openCheckpoint(bytes, { log });
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error;
    throw inconsistent(options, `cannot go on: ${error.message}`);
  }
  if (head.size > state.size)
    throw inconsistent(options, `holds ${state.size} records but has signed ${head.size}`);
  if (head.size < state.published)
    throw inconsistent(options, `has signed ${state.published} records but shows ${head.size}`);
  if (!sameHash(new TileTree(files.read, head.size).root(), head.root)) {
    throw inconsistent(options, `does not hash to its checkpoint of ${head.size} records`);
  }
  return head.size;
}

/** INVARIANT: true only when the first `last.size` entries are those that were signed. */
export function extendsHead(
  read: ReadLogFile,
  size: number,
  last: { readonly size: number; readonly root: string },
): boolean {
  if (last.size > size) return false;
  try {
    return Buffer.from(new TileTree(read, last.size).root()).toString('hex') === last.root;
  } catch (error) {
    if (error instanceof BailiwickError) return false;
    throw error;
  }
}

/** For copying to somebody who verifies; beside the log itself it proves nothing. */
const vkeyFile = 'vkey';

interface Found {
  readonly state: WriterState | undefined;
  readonly published: number;
}

class TileLogWriter implements LogWriter {
  readonly origin: string;
  readonly #signer: RawSigner;
  readonly #ratchet: HeadMemory | undefined;
  readonly #files: DurableFolder;
  readonly #tree: GrowingTree;
  readonly #bodies: BodyWriter;
  /** Entries of the bundle that is not full yet. */
  #bundle: Uint8Array[] = [];
  #state: WriterState | undefined;
  #published: number;
  #broken = false;

  constructor(options: OpenLogWriterOptions, files: DurableFolder, found: Found) {
    const { state } = found;
    this.origin = options.origin;
    this.#signer = options.signer;
    this.#ratchet = options.ratchet;
    this.#files = files;
    this.#state = state;
    this.#tree = GrowingTree.load(files.read, state?.size ?? 0);
    this.#bodies = new BodyWriter(files, state?.size ?? 0, state?.pack ?? emptyPack);
    this.#published = found.published;
    if (state === undefined) return;
    if (Buffer.from(this.#tree.root()).toString('hex') !== state.root) {
      throw inconsistent(options, 'does not hash to what its writer left');
    }
    this.#bundle = this.#loadBundle(state.size);
  }

  get size(): number {
    return this.#tree.size;
  }

  get integrated(): LogWriter['integrated'] {
    if (this.#state === undefined) return undefined;
    return { journal: this.#state.journal, position: this.#state.position };
  }

  append(journal: string, frames: readonly LogFrame[]): void {
    this.#guard();
    const done = this.#state;
    if (done !== undefined && done.journal !== journal) {
      throw inconsistent(this, `was fed from journal \`${done.journal}\`, not from \`${journal}\``);
    }
    const fresh = frames.filter(
      (frame) => done === undefined || isAfter(frame.position, done.position),
    );
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.#unlessBroken(() => {
      const full = this.#write(fresh);
      this.#commit({ journal, position: last.position });
      for (const path of full) this.#files.remove(`${path}.p`);
    });
  }

  publish(): LogHead {
    this.#guard();
    const head = { origin: this.origin, size: this.size, root: this.#tree.root() };
    const state = this.#state;
    if (state === undefined || this.#published === head.size) return head;
    this.#unlessBroken(() => {
      if (!this.#files.exists(vkeyFile)) {
        const vkey = logVkey(this.origin, this.#signer.publicKey);
        this.#files.put(vkeyFile, Buffer.from(`${vkey}\n`, 'utf8'));
      }
      // INVARIANT: the ratchet first: a log is never behind what it has shown.
      const root = Buffer.from(head.root).toString('hex');
      this.#ratchet?.advance({ origin: head.origin, size: head.size, root });
      this.#files.put('checkpoint', Buffer.from(signCheckpoint(head, this.#signer), 'utf8'));
      this.#files.settle();
      this.#published = head.size;
    });
    return head;
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

  /** Writes bodies, bundles and tiles; returns the paths of the files that became full. */
  #write(frames: readonly LogFrame[]): string[] {
    const full: string[] = [];
    const changed = new Set<number>();
    for (const { kind, bytes } of frames) {
      if (kind === 'payload') this.#bodies.add(bytes);
      else full.push(...this.#addEntry(bytes, changed));
    }
    for (const tile of this.#tree.partials()) {
      if (!changed.has(tile.level)) continue;
      const path = tilePath(tile.level, tile.index, tile.hashes.length);
      this.#files.put(path, encodeTile(tile.hashes));
    }
    if (this.#bundle.length > 0 && changed.has(0)) {
      const index = Math.floor(this.size / tileWidth);
      this.#files.put(bundlePath(index, this.#bundle.length), encodeBundle(this.#bundle));
    }
    this.#bodies.save(this.size);
    this.#files.settle();
    return full;
  }

  #addEntry(entry: Uint8Array, changed: Set<number>): string[] {
    const full: string[] = [];
    changed.add(0);
    this.#bundle.push(entry);
    for (const tile of this.#tree.append(leafHash(entry))) {
      changed.add(tile.level + 1);
      full.push(tilePath(tile.level, tile.index));
      this.#files.put(tilePath(tile.level, tile.index), encodeTile(tile.hashes));
    }
    if (this.#bundle.length === tileWidth) {
      const path = bundlePath(this.size / tileWidth - 1);
      full.push(path);
      this.#files.put(path, encodeBundle(this.#bundle));
      const pack = this.#bodies.complete(this.size / tileWidth - 1);
      if (pack !== undefined) full.push(pack);
      this.#bundle = [];
    }
    return full;
  }

  /** The step that counts: before it nothing was appended, after it everything was. */
  #commit(done: Pick<WriterState, 'journal' | 'position'>): void {
    const state = {
      ...done,
      origin: this.origin,
      size: this.size,
      root: Buffer.from(this.#tree.root()).toString('hex'),
      published: this.#published,
      pack: this.#bodies.state(),
      kept: this.#ratchet !== undefined,
    };
    this.#files.put(stateFile, encodeState(state));
    this.#files.settle();
    this.#state = state;
  }

  #loadBundle(size: number): Uint8Array[] {
    const index = Math.floor(size / tileWidth);
    const width = size % tileWidth;
    if (width === 0) return [];
    const entries = readBundle(this.#files.read, index, width);
    const hashes = readTile(this.#files.read, { level: 0, index, width });
    for (const [i, entry] of entries.entries()) {
      const hash = hashes[i];
      if (hash === undefined || !sameHash(leafHash(entry), hash)) {
        throw inconsistent(this, `has another record ${index * tileWidth + i} than its tree`);
      }
    }
    return entries;
  }
}
