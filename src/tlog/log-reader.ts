import { BailiwickError } from '#kernel/errors.ts';
import { idTime, isId } from '#kernel/ids.ts';
import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { leafHash, sameHash } from './hash.ts';
import { decodePack, payloadPath, packsNear } from './pack.ts';
import { encodeProofFile } from './proof-file.ts';
import type { BundleHints } from './hinted-entries.ts';
import { type LogLeaf, ProvenEntries } from './proven-entries.ts';
import { inclusionProof, verifyInclusion } from './proof.ts';
import { parsePruned, prunedFile } from './pruned.ts';
import { recordIdOf } from './record-id.ts';
import {
  type EntryFiles,
  type ReadLogFile,
  readBundle,
  readTile,
  tileWidth,
  widthOf,
} from './tile.ts';
import { TileTree } from './tree.ts';
import { witnessedFile } from './witness.ts';

export interface LogFolder extends EntryFiles {
  readonly trust: CheckpointTrust;
}

/** Records of one writer stand almost in the order of their ids; this much disorder is looked through. */
const disorderMs = 60_000;

/** So many proofs share the tiles that were read for one: it bounds what is kept. */
const mostAsked = 512;

/** Reads one log; the same for a folder, an archive or a server, offline or not. */
export class TileLogReader {
  readonly #folder: LogFolder;
  readonly #proven: ProvenEntries;
  #lastHead: OpenedCheckpoint | undefined;
  /** INVARIANT: what lies at the path of a pack never changes; one that grows has another name each time. */
  #lastPack:
    | { readonly path: string; readonly bodies: ReadonlyMap<string, Uint8Array> }
    | undefined;

  #lastTree: { readonly tree: TileTree; asked: number } | undefined;

  constructor(folder: LogFolder) {
    this.#folder = folder;
    this.#proven = new ProvenEntries(folder);
  }

  head(): OpenedCheckpoint | undefined {
    const bytes = this.#folder.read('checkpoint');
    if (bytes === undefined) return undefined;
    const last = this.#lastHead;
    if (last !== undefined && Buffer.compare(last.note, bytes) === 0) return last;
    this.#lastHead = openCheckpoint(bytes, this.#folder.trust);
    return this.#lastHead;
  }

  begins(): number {
    const bytes = this.#folder.read(prunedFile);
    return bytes === undefined ? 0 : parsePruned(bytes).to;
  }

  leaves(from: number, to: number): Uint8Array[] {
    const { read } = this.#folder;
    const size = this.head()?.size ?? 0;
    const hashes: Uint8Array[] = [];
    for (let index = from; index < Math.min(to, size); ) {
      const tile = Math.floor(index / tileWidth);
      const found = readTile(read, { level: 0, index: tile, width: widthOf(size, 0, tile) });
      const wanted = found.slice(index - tile * tileWidth, Math.min(to, size) - tile * tileWidth);
      // One by one: as arguments of one call, many would be more than a stack holds.
      for (const hash of wanted) hashes.push(hash);
      index += wanted.length;
    }
    return hashes;
  }

  /** INVARIANT: what was pruned is said to be so, never to be missing or unknown. */
  #unlessPruned(index: number): void {
    const begins = this.begins();
    if (index >= begins) return;
    throw new BailiwickError('audit/record-pruned', {
      message: `record ${index} is not kept any more: this log begins at ${begins}`,
    });
  }

  entry(index: number): Uint8Array {
    const size = this.head()?.size ?? 0;
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw unknownRecord(index);
    this.#unlessPruned(index);
    const entry = this.#bundle(Math.floor(index / tileWidth), size)[index % tileWidth];
    if (entry === undefined) throw unknownRecord(index);
    return entry;
  }

  range(from: number, to: number): LogLeaf[] {
    const size = this.head()?.size ?? 0;
    if (from < Math.min(to, size)) this.#unlessPruned(Math.max(0, from));
    return leavesIn(from, Math.min(to, size), (bundle) => this.#bundle(bundle, size));
  }

  provenEntries(indices: readonly number[], hints?: BundleHints): LogLeaf[] {
    const head = this.head();
    if (head === undefined) return [];
    const first = indices.reduce((least, one) => Math.min(least, one), head.size);
    if (first >= 0 && first < head.size) this.#unlessPruned(first);
    return this.#proven.read(
      head,
      indices.filter((index) => index >= 0 && index < head.size),
      hints,
    );
  }

  /** Under the newest head that witnesses cosigned, once it reaches so far: it proves more. */
  proof(index: number): Uint8Array {
    const entry = this.#entryAlone(index);
    const witnessed = this.#witnessedProof(index, entry);
    if (witnessed !== undefined) return witnessed;
    const head = this.head();
    const proof = head === undefined ? undefined : this.#proofUnder(head, index, entry);
    if (proof !== undefined) return proof;
    throw inconsistent(`entry ${index} does not belong to the signed checkpoint`);
  }

  /** Of its bundle it is the one that is hashed: whoever proves many does not hash each bundle for each of them. */
  #entryAlone(index: number): Uint8Array {
    const size = this.head()?.size ?? 0;
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw unknownRecord(index);
    const [found] = this.provenEntries([index]);
    if (found === undefined) throw unknownRecord(index);
    return found.bytes;
  }

  /** What an inclusion proof needs of a tree of this size; kept for a while, for proofs are asked for in rows. */
  #treeOf(size: number): TileTree {
    const last = this.#lastTree;
    if (last?.tree.size === size && last.asked < mostAsked) {
      last.asked += 1;
      return last.tree;
    }
    const tree = new TileTree(this.#folder.read, size);
    this.#lastTree = { tree, asked: 1 };
    return tree;
  }

  /** Undefined where that head does not help; whoever verifies says what is wrong with it. */
  #witnessedProof(index: number, entry: Uint8Array): Uint8Array | undefined {
    const bytes = this.#folder.read(witnessedFile);
    if (bytes === undefined) return undefined;
    try {
      const head = openCheckpoint(bytes, this.#folder.trust);
      return head.size > index ? this.#proofUnder(head, index, entry) : undefined;
    } catch (fault) {
      if (fault instanceof BailiwickError) return undefined;
      throw fault;
    }
  }

  #proofUnder(head: OpenedCheckpoint, index: number, entry: Uint8Array): Uint8Array | undefined {
    if (head.size > (this.head()?.size ?? 0)) return undefined;
    // Tiles of the present head serve an older one too: what they hold never changes.
    const hashes = inclusionProof(this.#treeOf(head.size), index);
    const claim = { index, size: head.size, leaf: leafHash(entry), root: head.root };
    if (!verifyInclusion(claim, hashes)) return undefined;
    return encodeProofFile({ index, hashes, checkpoint: head.note });
  }

  payload(index: number, sha256: string): Uint8Array | undefined {
    if (!/^[0-9a-f]{64}$/u.test(sha256)) return undefined;
    const { read } = this.#folder;
    const size = this.head()?.size ?? 0;
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw unknownRecord(index);
    this.#unlessPruned(index);
    const single = read(payloadPath(sha256));
    if (single !== undefined && sha256Hex(single) !== sha256) {
      throw inconsistent(`sealed body \`${sha256}\` is not what its name says`);
    }
    if (single !== undefined) return single;
    for (const path of packsNear(index, size)) {
      const body = this.#pack(path).get(sha256);
      if (body !== undefined) return body;
    }
    return undefined;
  }

  /** Records are read in rows, and a pack holds the bodies of a row: the last one is kept. */
  #pack(path: string): ReadonlyMap<string, Uint8Array> {
    if (this.#lastPack?.path === path) return this.#lastPack.bodies;
    const read = this.#folder.read(path);
    if (read === undefined) return new Map();
    const bodies = new Map(decodePack(read, path).map(({ sha256, bytes }) => [sha256, bytes]));
    this.#lastPack = { path, bodies };
    return bodies;
  }

  /** Binary search over the bundles, then outward while ids near this time can still turn up. */
  find(id: string): number | undefined {
    const size = this.head()?.size ?? 0;
    if (!isId(id) || size === 0) return undefined;
    const bundles = Math.ceil(size / tileWidth);
    const first = this.begins() / tileWidth;
    const middle = this.#lastBundleBefore(id, { low: first, high: bundles - 1, size });
    const wanted = idTime(id);
    for (let n = middle; n >= first; n -= 1) {
      const seen = this.#look(n, size, id);
      if (seen.index !== undefined) return seen.index;
      if (seen.newest < wanted - disorderMs) break;
    }
    for (let n = middle + 1; n < bundles; n += 1) {
      const seen = this.#look(n, size, id);
      if (seen.index !== undefined) return seen.index;
      if (seen.oldest > wanted + disorderMs) break;
    }
    return undefined;
  }

  #lastBundleBefore(id: string, { size, ...among }: Among): number {
    let { low, high } = among;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [first] = this.#bundle(middle, size);
      const firstId = first === undefined ? undefined : recordIdOf(first);
      if (firstId !== undefined && firstId <= id) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #look(bundle: number, size: number, id: string): Look {
    let oldest = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    for (const [i, entry] of this.#bundle(bundle, size).entries()) {
      const found = recordIdOf(entry);
      if (found === id) return { index: bundle * tileWidth + i, oldest, newest };
      if (found === undefined) continue;
      oldest = Math.min(oldest, idTime(found));
      newest = Math.max(newest, idTime(found));
    }
    return { index: undefined, oldest, newest };
  }

  /** INVARIANT: every entry of a bundle hashes to its place in the tile, or none is handed out. */
  #bundle(index: number, size: number): Uint8Array[] {
    const { read } = this.#folder;
    const width = widthOf(size, 0, index);
    return checkedBundle(read, { index, hashes: readTile(read, { level: 0, index, width }) });
  }
}

function leavesIn(
  from: number,
  end: number,
  bundleOf: (bundle: number) => readonly Uint8Array[],
): LogLeaf[] {
  const start = Math.max(0, from);
  const leaves: LogLeaf[] = [];
  for (let bundle = Math.floor(start / tileWidth); bundle * tileWidth < end; bundle += 1) {
    for (const [i, bytes] of bundleOf(bundle).entries()) {
      const index = bundle * tileWidth + i;
      if (index >= start && index < end) leaves.push({ index, bytes });
    }
  }
  return leaves;
}

function checkedBundle(
  read: ReadLogFile,
  { index, hashes }: { readonly index: number; readonly hashes: readonly Uint8Array[] },
): Uint8Array[] {
  const entries = readBundle(read, index, hashes.length);
  for (const [i, entry] of entries.entries()) {
    const expected = hashes[i];
    if (expected === undefined || !sameHash(leafHash(entry), expected)) {
      throw inconsistent(`entry ${index * tileWidth + i} does not hash to its place in the tree`);
    }
  }
  return entries;
}

interface Among {
  readonly low: number;
  readonly high: number;
  readonly size: number;
}

interface Look {
  readonly index: number | undefined;
  /** Times of the ids in the bundle. */
  readonly oldest: number;
  readonly newest: number;
}

function unknownRecord(index: number): BailiwickError {
  return new BailiwickError('audit/record-unknown', { message: `there is no record ${index}` });
}

function inconsistent(message: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', { message });
}
