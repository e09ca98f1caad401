import { BailiwickError } from '#kernel/errors.ts';
import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { leafHash, sameHash } from './hash.ts';
import { type KnownHead, KnownHeads } from './known-heads.ts';
import { BodyFinder, bodyDigestOf, decodePack } from './pack.ts';
import { type ReadLogFile, readBundle, readTile, tilePath, tileWidth, widthOf } from './tile.ts';
import { parsePruned, prunedFile, type PrunedPrefix } from './pruned.ts';
import { GrowingTree, type TileChange } from './tree.ts';
import { witnessedFile } from './witness.ts';

export interface VerifyLogOptions {
  readonly trust: CheckpointTrust;
  readonly known?: readonly KnownHead[];
  /** The newest head that witnesses cosigned, beside the checkpoint; it may be behind it. */
  readonly witnessed?: Uint8Array;
  /** How many of the trusted witnesses must have cosigned a head; 1 unless said. */
  readonly quorum?: number;
  /** Paths of the files that are there; with it, every sealed body is checked as well. */
  readonly list?: () => readonly string[];
  /** `ignore` for a copy without sealed bodies; otherwise every body that a record names must be there. */
  readonly bodies?: 'required' | 'ignore';
  /** Given every entry, in order, once it is known to be the one that was logged. */
  readonly each?: (entry: Uint8Array, index: number) => void;
}

export type LogProblemKind =
  | 'checkpoint'
  | 'missing-file'
  | 'entry'
  | 'tile'
  | 'root'
  | 'truncated'
  | 'fork'
  | 'payload'
  | 'pruned'
  | 'anchor'
  | 'key'
  | 'dangling-intent'
  | 'outcome-parts'
  | 'sequence-hole';

export interface LogProblem {
  readonly kind: LogProblemKind;
  readonly message: string;
  /** The first record that is wrong, or may be: the fault lies in `[index, index + count)`. */
  readonly index?: number;
  readonly count?: number;
  readonly path?: string;
}

export type LogVerdict =
  | { readonly status: 'inconsistent'; readonly problem: LogProblem }
  | {
      readonly status: 'consistent' | 'witnessed';
      readonly origin: string;
      readonly size: number;
      readonly root: Uint8Array;
      /** Names of the trusted witnesses that cosigned the head at `witnessedTo`. */
      readonly witnesses: readonly string[];
      /** The first so many records are those that witnesses remember; 0 when none does. */
      readonly witnessedTo: number;
      readonly payloads: number;
      /** What the log says of its front. INVARIANT: whoever asks looks whether a record says so too. */
      readonly pruned: PrunedPrefix | undefined;
      /** Its head lacks the second signature that was asked for. */
      readonly lacksSecond: boolean;
    };

/**
 * Checks one log from its first byte: every hash is made again from the entries and held against
 * tiles, root, signature and what others remember. `consistent` is not `witnessed`: whoever holds
 * key and disk could have rewritten it.
 */
export function verifyLogFolder(read: ReadLogFile, options: VerifyLogOptions): LogVerdict {
  try {
    const head = readHead(read, options.trust);
    const cosigned = readCosigned(read, options);
    const known = [...(options.known ?? []), ...(cosigned === undefined ? [] : [cosigned])];
    checkTruncation(head, known);
    checkBeyond(head, options.list?.() ?? []);
    const pruned = readPruned(read, head);
    checkEntries(read, head, { ...options, known, pruned });
    const payloads = checkPayloads(read, options.list?.() ?? []);
    const { origin, size, root } = head;
    const { witnesses, witnessedTo } = witnessedBy([head, cosigned], options);
    // INVARIANT: what no witness saw is never told as witnessed, were it one record.
    const { lacksSecond } = head;
    const isWitnessed = witnesses.length > 0 && witnessedTo === size && !lacksSecond;
    const status = isWitnessed ? 'witnessed' : 'consistent';
    return { status, origin, size, root, witnesses, witnessedTo, payloads, pruned, lacksSecond };
  } catch (error) {
    if (error instanceof Contradiction) return { status: 'inconsistent', problem: error.problem };
    throw error;
  }
}

class Contradiction extends Error {
  readonly problem: LogProblem;

  constructor(problem: LogProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Faults of files and formats become findings; anything else stays a fault. */
function finding<T>(kind: LogProblemKind, where: Partial<LogProblem>, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error;
    throw new Contradiction({ kind, ...where, message: error.message });
  }
}

function readHead(read: ReadLogFile, trust: CheckpointTrust): OpenedCheckpoint {
  const bytes = read('checkpoint');
  if (bytes === undefined) {
    throw new Contradiction({
      kind: 'checkpoint',
      path: 'checkpoint',
      message: 'the log has no checkpoint',
    });
  }
  return finding('checkpoint', { path: 'checkpoint' }, () => openCheckpoint(bytes, trust));
}

function readCosigned(
  read: ReadLogFile,
  { trust, witnessed }: VerifyLogOptions,
): OpenedCheckpoint | undefined {
  const bytes = witnessed ?? read(witnessedFile);
  if (bytes === undefined) return undefined;
  return finding('checkpoint', { path: witnessedFile }, () => openCheckpoint(bytes, trust));
}

/** The longest head that enough of the trusted witnesses cosigned. */
function witnessedBy(
  heads: readonly (OpenedCheckpoint | undefined)[],
  { quorum = 1 }: VerifyLogOptions,
): { readonly witnesses: readonly string[]; readonly witnessedTo: number } {
  let longest: OpenedCheckpoint | undefined;
  for (const head of heads) {
    if (head === undefined || head.witnesses.length < quorum) continue;
    if (head.witnesses.length > 0 && head.size >= (longest?.size ?? 0)) longest = head;
  }
  return { witnesses: longest?.witnesses ?? [], witnessedTo: longest?.size ?? 0 };
}

function checkTruncation(head: OpenedCheckpoint, known: readonly KnownHead[]): void {
  const longest = known.reduce((most, one) => Math.max(most, one.size), 0);
  if (longest <= head.size) return;
  throw new Contradiction({
    kind: 'truncated',
    index: head.size,
    count: longest - head.size,
    message: `the log ends at ${head.size} records but had ${longest}`,
  });
}

/** A writer signs at least after so many entries; with more of them unsigned, a checkpoint was put back. */
export const mostUnsigned = 4 * 4096;

function checkBeyond(head: OpenedCheckpoint, paths: readonly string[]): void {
  const farthest = paths.reduce((most, path) => Math.max(most, firstOfBundle(path)), 0);
  if (farthest <= head.size + mostUnsigned) return;
  throw new Contradiction({
    kind: 'truncated',
    index: head.size,
    count: farthest - head.size,
    message: `the log is signed up to ${head.size} records but holds more than ${farthest}`,
  });
}

/** Of a full bundle, by its path; 0 for any other file. */
function firstOfBundle(path: string): number {
  const name = /^tile\/entries\/((?:x\d{3}\/)*\d{3})$/u.exec(path.replaceAll('\\', '/'))?.[1];
  return name === undefined ? 0 : Number(name.replaceAll(/[x/]/gu, '')) * tileWidth;
}

function readPruned(read: ReadLogFile, { size }: OpenedCheckpoint): PrunedPrefix | undefined {
  const bytes = read(prunedFile);
  if (bytes === undefined) return undefined;
  const pruned = finding('pruned', { path: prunedFile }, () => parsePruned(bytes));
  if (pruned.to <= size) return pruned;
  const message = `\`${prunedFile}\` speaks of ${pruned.to} records, and the log has ${size}`;
  throw new Contradiction({ kind: 'pruned', path: prunedFile, message });
}

interface Checking extends VerifyLogOptions {
  readonly pruned: PrunedPrefix | undefined;
}

/** Of records that are gone the hashes are still there: the tree is made of them all. */
function checkPruned(
  read: ReadLogFile,
  { pruned }: Checking,
  grow: (leaf: Uint8Array) => GrowingTree,
): void {
  if (pruned === undefined) return;
  let tree: GrowingTree | undefined;
  for (let index = 0; index * tileWidth < pruned.to; index += 1) {
    const where = { index: index * tileWidth, count: tileWidth };
    const tile = { level: 0, index, width: tileWidth };
    for (const leaf of finding('missing-file', where, () => readTile(read, tile))) {
      tree = grow(leaf);
    }
  }
  if (Buffer.from(tree?.root() ?? []).toString('hex') === pruned.root) return;
  const message = `the hashes of the first ${pruned.to} records are not those that were pruned`;
  throw new Contradiction({
    kind: 'pruned',
    path: prunedFile,
    index: 0,
    count: pruned.to,
    message,
  });
}

function checkEntries(read: ReadLogFile, head: OpenedCheckpoint, options: Checking): void {
  const known = new KnownHeads(options.known ?? []);
  const bodies = options.bodies === 'ignore' ? undefined : new BodyFinder(read, head.size);
  const tree = new GrowingTree();
  checkKnown(tree, known);
  const grow = (leaf: Uint8Array): GrowingTree => {
    for (const tile of tree.append(leaf)) checkTile(read, tile);
    checkKnown(tree, known);
    return tree;
  };
  checkPruned(read, options, grow);
  for (let index = tree.size / tileWidth; index * tileWidth < head.size; index += 1) {
    const width = widthOf(head.size, 0, index);
    const where = { index: index * tileWidth, count: width };
    const entries = finding('missing-file', where, () => readBundle(read, index, width));
    const hashes = finding('missing-file', where, () => readTile(read, { level: 0, index, width }));
    for (const [i, entry] of entries.entries()) {
      const leaf = leafHash(entry);
      checkLeaf(leaf, hashes[i], index * tileWidth + i);
      grow(leaf);
      if (bodies !== undefined) checkBody(bodies, entry, index * tileWidth + i);
      options.each?.(entry, index * tileWidth + i);
    }
  }
  for (const tile of tree.partials()) checkTile(read, tile);
  if (sameHash(tree.root(), head.root)) return;
  throw new Contradiction({
    kind: 'root',
    index: 0,
    count: head.size,
    message: 'entries and tiles agree with each other but not with the signed root',
  });
}

function checkLeaf(leaf: Uint8Array, expected: Uint8Array | undefined, index: number): void {
  if (expected !== undefined && sameHash(leaf, expected)) return;
  throw new Contradiction({
    kind: 'entry',
    index,
    count: 1,
    message: `record ${index} is not the record that was logged there`,
  });
}

function checkBody(bodies: BodyFinder, entry: Uint8Array, index: number): void {
  const digest = finding('entry', { index, count: 1 }, () => bodyDigestOf(entry));
  if (digest === undefined) return;
  if (finding('payload', { index, count: 1 }, () => bodies.has(index, digest))) return;
  throw new Contradiction({
    kind: 'payload',
    index,
    count: 1,
    message: `the sealed body of record ${index} is missing`,
  });
}

/** Tiles of level 0 are checked leaf by leaf, which names the record. */
function checkTile(read: ReadLogFile, tile: TileChange): void {
  if (tile.level === 0) return;
  const { level, index, hashes } = tile;
  const path = tilePath(level, index, hashes.length);
  const span = tileWidth ** level;
  const stored = finding('missing-file', { path, index: index * tileWidth * span }, () =>
    readTile(read, { level, index, width: hashes.length }),
  );
  for (const [i, hash] of hashes.entries()) {
    const other = stored[i];
    if (other !== undefined && sameHash(hash, other)) continue;
    const first = (index * tileWidth + i) * span;
    throw new Contradiction({
      kind: 'tile',
      path,
      index: first,
      count: span,
      message: `records ${first} to ${first + span - 1} do not hash to what tile \`${path}\` says`,
    });
  }
}

/** INVARIANT: a prefix that somebody remembers otherwise is a fork, whatever the log itself signs. */
function checkKnown(tree: GrowingTree, known: KnownHeads): void {
  const fork = known.contradictedBy(tree);
  if (fork === undefined) return;
  const { size, after, from } = fork;
  throw new Contradiction({
    kind: 'fork',
    index: after,
    count: size - after,
    message: `of records ${after} to ${size - 1} one is not the record that ${from ?? 'a checkpoint that was kept elsewhere'} remembers`,
  });
}

/** Sealed bodies are bound to their records by the digest that a record names. */
function checkPayloads(read: ReadLogFile, paths: readonly string[]): number {
  let checked = 0;
  for (const path of paths) {
    if (!path.startsWith('payload/') || path.endsWith('.tmp')) continue;
    const bytes = read(path) ?? new Uint8Array(0);
    const name = /^payload\/([0-9a-f]{64})$/u.exec(path)?.[1];
    if (name === undefined) {
      checked += finding('payload', { path }, () => decodePack(bytes, path)).length;
      continue;
    }
    checked += 1;
    if (sha256Hex(bytes) === name) continue;
    const message = `sealed body \`${name}\` is not what its name says`;
    throw new Contradiction({ kind: 'payload', path, message });
  }
  return checked;
}
