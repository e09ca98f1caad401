import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { idTime } from '#kernel/ids.ts';
import {
  bodyDigestOf,
  bundlePath,
  decodePack,
  encodePacked,
  encodePruned,
  logVkey,
  openCheckpoint,
  packPath,
  parsePruned,
  parseVkey,
  payloadPath,
  prunedFile,
  type PrunedPrefix,
  readBundle,
  type ReadLogFile,
  recordIdOf,
  TileTree,
  tileWidth,
  widthOf,
} from '#tlog/index.ts';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';
import { listLogs, logFolder, type LogName } from './log-reader.ts';
import { defaultOriginPrefix, logOrigin } from './origin.ts';

export interface PruneOrder {
  /** The front of the log up to here: whole bundles. */
  readonly to: number;
  /** The record that says so; on disk, and in a signed log. */
  readonly record: string;
  readonly now: number;
  /** Until when a record that was made then must be kept. */
  readonly keptUntil: (madeAt: number) => number;
  /** Until when an archive is bound to keep this bundle; undefined where none is. */
  readonly elsewhereUntil: (bundle: number) => Promise<number | undefined>;
}

export interface PrunableLogFiles extends LogName {
  readonly origin: string;
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** By the signed checkpoint; 0 without one. */
  size(): number;
  pruned(): PrunedPrefix | undefined;
  /** When the newest record of this bundle was made, by its id; for ever where one has none. */
  newestIn(bundle: number): number;
  /** Of the tree of so many records, in hex. */
  rootOf(count: number): string;
  /**
   * Takes the front away: first it is marked durably, then it goes. INVARIANT: whatever was decided elsewhere, here
   * nothing goes before its time unless an archive is bound to keep it as long; hashes of leaves stay for ever, and
   * so do the last bundles.
   */
  prune(order: PruneOrder): Promise<void>;
  /** What an earlier life marked and did not take away. */
  sweep(): Promise<void>;
}

/** Every log below `DIR/log`, as far as its front can go. */
export function prunableLogs(
  logRoot: string,
  publicKey: Uint8Array,
  io: LogFs = nodeLogFs,
): PrunableLogFiles[] {
  return listLogs(logRoot).map((log) => {
    const origin = logOrigin(defaultOriginPrefix, log);
    return new PrunableFolder(log, {
      folder: logFolder(logRoot, log),
      origin,
      vkey: logVkey(origin, publicKey),
      io,
    });
  });
}

interface Place {
  readonly folder: string;
  readonly origin: string;
  readonly vkey: string;
  readonly io: LogFs;
}

class PrunableFolder implements PrunableLogFiles {
  readonly tenant: string;
  readonly retention: string;
  readonly writer: string;
  readonly origin: string;
  readonly vkey: string;
  readonly #io: LogFs;
  readonly #folder: string;

  constructor(log: LogName, { folder, origin, vkey, io }: Place) {
    this.tenant = log.tenant;
    this.retention = log.retention;
    this.writer = log.writer;
    this.origin = origin;
    this.vkey = vkey;
    this.#io = io;
    this.#folder = folder;
  }

  read = (path: string): Uint8Array | undefined => this.#io.read(join(this.#folder, path));

  size(): number {
    const bytes = this.read('checkpoint');
    return bytes === undefined ? 0 : openCheckpoint(bytes, { log: parseVkey(this.vkey) }).size;
  }

  pruned(): PrunedPrefix | undefined {
    const bytes = this.read(prunedFile);
    return bytes === undefined ? undefined : parsePruned(bytes);
  }

  newestIn(bundle: number): number {
    const ids = readBundle(this.read, bundle, tileWidth).map(recordIdOf);
    return Math.max(...ids.map((id) => (id === undefined ? Number.POSITIVE_INFINITY : idTime(id))));
  }

  rootOf(count: number): string {
    const root = new TileTree(this.read, this.size()).rangeHash(0, count);
    return Buffer.from(root).toString('hex');
  }

  async prune(order: PruneOrder): Promise<void> {
    await this.sweep();
    const before = this.pruned();
    const { to, record } = order;
    const begins = before?.to ?? 0;
    await this.#refuseEarly(order, begins);
    const from = to === begins ? (before?.from ?? 0) : begins;
    const mark = encodePruned({ from, to, root: this.rootOf(to), record });
    new DurableFolder(this.#io, this.#folder).commit(prunedFile, mark);
    await this.sweep();
  }

  async sweep(): Promise<void> {
    const pruned = this.pruned();
    if (pruned === undefined) return;
    for (let index = pruned.from / tileWidth; index * tileWidth < pruned.to; index += 1) {
      if (!this.#io.exists(join(this.#folder, bundlePath(index)))) continue;
      this.#remove(index, pruned.to);
      await nextTurn();
    }
  }

  async #refuseEarly({ to, now, keptUntil, elsewhereUntil }: PruneOrder, begins: number) {
    // One full bundle stays behind the last that goes: bodies of its records may lie in the pack before it.
    const isWhole = to % tileWidth === 0 && to > 0 && to >= begins && to + tileWidth <= this.size();
    if (!isWhole) throw notOver(`\`${this.origin}\` cannot begin at ${to}`);
    for (let bundle = begins / tileWidth; bundle * tileWidth < to; bundle += 1) {
      const until = keptUntil(this.newestIn(bundle));
      if (until > now && ((await elsewhereUntil(bundle)) ?? 0) < until) {
        throw notOver(
          `records ${bundle * tileWidth} to ${bundle * tileWidth + tileWidth - 1} of \`${this.origin}\` must be kept until ${shown(until)}`,
        );
      }
      await nextTurn();
    }
  }

  /** The bundle last: while it is there, what belongs to it can be found and taken away. */
  #remove(index: number, to: number): void {
    for (const entry of readBundle(this.read, index, tileWidth)) {
      const digest = bodyDigestOf(entry);
      if (digest !== undefined) this.#drop(payloadPath(digest));
    }
    const isLast = (index + 1) * tileWidth === to;
    if (isLast) this.#keepNeeded(index);
    else this.#drop(packPath(index));
    // What was left of it when the log began here.
    if (index > 0) this.#drop(packPath(index - 1));
    this.#io.remove(join(this.#folder, `${bundlePath(index)}.p`));
    this.#drop(bundlePath(index));
  }

  /** A body comes before its record, so that of a record that stays may lie in the last pack that goes. */
  #keepNeeded(index: number): void {
    const path = packPath(index);
    const bytes = this.read(path);
    if (bytes === undefined) return;
    const width = widthOf(this.size(), 0, index + 1);
    const needed = new Set(
      readBundle(this.read, index + 1, width).flatMap((entry) => bodyDigestOf(entry) ?? []),
    );
    const kept = decodePack(bytes, path).filter(({ sha256 }) => needed.has(sha256));
    if (kept.length === 0) return this.#drop(path);
    const packed = Buffer.concat(kept.map((body) => encodePacked(body.bytes)));
    if (Buffer.compare(packed, bytes) === 0) return undefined;
    return new DurableFolder(this.#io, this.#folder).commit(path, packed);
  }

  #drop(path: string): void {
    this.#io.remove(join(this.#folder, path));
  }
}

function shown(until: number): string {
  return Number.isFinite(until) && until < 8.64e15 ? new Date(until).toISOString() : 'for ever';
}

function notOver(message: string): BailiwickError {
  return new BailiwickError('audit/retention-not-over', { message });
}
