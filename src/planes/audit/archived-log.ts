import { type ArchivedObject, type LogArchive } from '#contracts/log-archive.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  archivedHead,
  bodyDigestOf,
  BodyFinder,
  bundlePath,
  decodePack,
  encodeBundle,
  encodePacked,
  encodeTile,
  inclusionProof,
  leafHash,
  levelCount,
  openCheckpoint,
  type OpenedCheckpoint,
  ownSignatureOnly,
  packPath,
  parsePruned,
  parseVkey,
  payloadPath,
  prunedFile,
  type ReadLogFile,
  readBundle,
  secondVkeyFile,
  readTile,
  sameHash,
  tilePath,
  TileTree,
  tileWidth,
  verifyInclusion,
  widthOf,
  witnessedFile,
} from '#tlog/index.ts';

/** One log, as far as copying it needs. */
export interface LogToArchive {
  readonly tenant: string;
  /** Retention class. */
  readonly retention: string;
  readonly writer: string;
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** Names of what others outside noted of it, in their order. */
  readonly anchors: () => readonly string[];
}

export function placeOf({
  tenant,
  retention,
  writer,
}: Pick<LogToArchive, 'tenant' | 'retention' | 'writer'>): string {
  return `${tenant}/${retention}/${writer}`;
}

export interface Shipping {
  readonly archive: LogArchive;
  readonly retainUntil: number | undefined;
  /** Between two bundles: whoever shares this loop goes first. Throws to end the run. */
  readonly turn: () => Promise<void>;
}

/**
 * Puts what the archive lacks of a log up to this head. INVARIANT: only what was proved under it is put, and the head
 * itself last: what the archive has a head for is all there, and a run that was killed goes on from the one before.
 */
export async function shipLog(
  log: LogToArchive,
  {
    head,
    before,
  }: { readonly head: OpenedCheckpoint; readonly before: OpenedCheckpoint | undefined },
  shipping: Shipping,
): Promise<void> {
  const under = new TileTree(log.read, head.size);
  checkGoesOn(log, { head, before, under });
  const { archive, retainUntil } = shipping;
  const put: Put = async (path, bytes) => {
    const object: ArchivedObject = { name: `${placeOf(log)}/${path}`, bytes, retainUntil };
    await archive.put(object);
  };
  await put('vkey', Buffer.from(`${log.vkey}\n`, 'utf8'));
  const second = log.read(secondVkeyFile);
  if (second !== undefined) await put(secondVkeyFile, second);
  const from = Math.floor((before?.size ?? (await putPruned(log, put))) / tileWidth);
  for (let bundle = from; bundle * tileWidth < head.size; bundle += 1) {
    await shipping.turn();
    for (const [path, bytes] of filesOfBundle(log, head, bundle)) {
      await put(path, bytes);
    }
  }
  const grown = { before: before?.size ?? 0, size: head.size };
  for (const [path, bytes] of tilesOf(log, grown)) {
    await shipping.turn();
    await put(path, bytes);
  }
  await putWitnessed(log, shipping, head.size);
  await putHead(log, archive, head, put);
}

/** A second signature is another one each time it is made: of one size the first head that came stays. */
async function putHead(
  log: LogToArchive,
  archive: LogArchive,
  { size, root, note, origin }: OpenedCheckpoint,
  put: Put,
): Promise<void> {
  const path = archivedHead('signed', size);
  const there = await archive.read(`${placeOf(log)}/${path}`);
  const before = there && openCheckpoint(there, { log: parseVkey(log.vkey) });
  if (before?.size === size && sameHash(before.root, root)) return;
  await put(path, ownSignatureOnly(note, origin));
}

type Put = (path: string, bytes: Uint8Array) => Promise<void>;

/** A log whose front was over before there was an archive begins there too where it begins here. */
async function putPruned(log: LogToArchive, put: Put): Promise<number> {
  const mark = log.read(prunedFile);
  if (mark === undefined) return 0;
  await put(prunedFile, mark);
  return parsePruned(mark).to;
}

interface GoesOn {
  readonly head: OpenedCheckpoint;
  readonly before: OpenedCheckpoint | undefined;
  readonly under: TileTree;
}

/** INVARIANT: the archive never takes the continuation of another history than the one that it has. */
function checkGoesOn(log: LogToArchive, { head, before, under }: GoesOn): void {
  if (!sameHash(under.root(), head.root)) {
    throw inconsistent(`the tiles of \`${placeOf(log)}\` do not hash to the root that was signed`);
  }
  if (before === undefined) return;
  if (before.size > head.size) {
    throw inconsistent(
      `the archive has ${before.size} records of \`${placeOf(log)}\`, and here are ${head.size}`,
    );
  }
  if (sameHash(under.rangeHash(0, before.size), before.root)) return;
  throw inconsistent(
    `the first ${before.size} records of \`${placeOf(log)}\` are not those that the archive has`,
  );
}

type File = readonly [path: string, bytes: Uint8Array];

/** One bundle, its tile and the sealed bodies of its records, cut to what the head speaks for. */
function filesOfBundle(log: LogToArchive, head: OpenedCheckpoint, bundle: number): File[] {
  const { size } = head;
  const width = widthOf(size, 0, bundle);
  const entries = provenEntries(log, head, bundle);
  const named = new Set(entries.flatMap((entry) => bodyDigestOf(entry) ?? []));
  return [
    ...bodiesOf(log, { bundle, width, size, named }),
    [bundlePath(bundle, width), encodeBundle(entries)],
  ];
}

/**
 * INVARIANT: every entry hashes to its place in its tile, and the tile to the root that was signed: the proof of the
 * first leaf is made of all the other hashes of it.
 */
function provenEntries(log: LogToArchive, head: OpenedCheckpoint, bundle: number): Uint8Array[] {
  // A new one for each bundle: it keeps every tile that it has read.
  const under = new TileTree(log.read, head.size);
  const width = widthOf(head.size, 0, bundle);
  const leaves = readTile(log.read, { level: 0, index: bundle, width });
  const entries = readBundle(log.read, bundle, leaves.length);
  const index = bundle * tileWidth;
  const wrong = leaves.findIndex((leaf, at) => !sameHash(leaf, leafHash(entries[at] ?? noBytes)));
  const claim = { index, size: head.size, leaf: leaves[0] ?? noBytes, root: head.root };
  if (wrong < 0 && verifyInclusion(claim, inclusionProof(under, index))) return entries;
  const at = index + Math.max(0, wrong);
  throw inconsistent(`record ${at} of \`${placeOf(log)}\` is not the one that was signed for`);
}

const noBytes = new Uint8Array(0);

interface BundleBodies {
  readonly bundle: number;
  readonly width: number;
  readonly size: number;
  readonly named: ReadonlySet<string>;
}

/**
 * A full pack goes as it is. Of one that still grows only the bodies that these records name: the same bytes
 * whenever this head is shipped.
 */
function bodiesOf(log: LogToArchive, { bundle, width, size, named }: BundleBodies): File[] {
  const files = singleBodies(log, named);
  const rest = new Set([...named].filter((digest) => !files.has(payloadPath(digest))));
  const kept = new Map<string, Uint8Array>();
  const isFull = width === tileWidth;
  // While it grows it is named by how far its bundle is; once that is full, that name may be gone.
  const own = isFull ? [packPath(bundle)] : [packPath(bundle, width), packPath(bundle)];
  for (const path of own) {
    const bytes = log.read(path);
    if (bytes === undefined) continue;
    if (isFull) files.set(path, bytes);
    for (const body of decodePack(bytes, path)) {
      if (rest.has(body.sha256)) kept.set(body.sha256, body.bytes);
    }
  }
  if (!isFull && kept.size > 0) {
    files.set(packPath(bundle, width), Buffer.concat([...kept.values()].map(encodePacked)));
  }
  const elsewhere = new BodyFinder(log.read, size);
  const missing = [...rest].find(
    (digest) => !kept.has(digest) && !elsewhere.has(bundle * tileWidth, digest),
  );
  if (missing === undefined) return [...files];
  throw inconsistent(
    `a sealed body of records ${bundle * tileWidth} to ${bundle * tileWidth + width - 1} of \`${placeOf(log)}\` is missing`,
  );
}

/** Large ones, each in a file of its own. */
function singleBodies(log: LogToArchive, named: ReadonlySet<string>): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const digest of named) {
    const bytes = log.read(payloadPath(digest));
    if (bytes === undefined) continue;
    if (sha256Hex(bytes) !== digest) throw inconsistent(`sealed body \`${digest}\` is damaged`);
    files.set(payloadPath(digest), bytes);
  }
  return files;
}

/** Every tile, of any level, that grew between these two sizes; one at a time: a log that is first archived has many. */
function* tilesOf(
  log: LogToArchive,
  { before, size }: { before: number; size: number },
): Generator<File> {
  for (let level = 0; level < levelCount(size); level += 1) {
    const first = Math.floor(Math.floor(before / tileWidth ** level) / tileWidth);
    for (let index = first; widthOf(size, level, index) > 0; index += 1) {
      const width = widthOf(size, level, index);
      const hashes = readTile(log.read, { level, index, width });
      yield [tilePath(level, index, width), encodeTile(hashes)];
    }
  }
}

/** The words of witnesses about one size may be other ones when it is asked again: the first are kept. */
async function putWitnessed(
  log: LogToArchive,
  { archive, retainUntil }: Shipping,
  size: number,
): Promise<void> {
  const bytes = log.read(witnessedFile);
  if (bytes === undefined) return;
  const head = openCheckpoint(bytes, { log: parseVkey(log.vkey) });
  if (head.size > size || head.size === 0) return;
  const name = `${placeOf(log)}/${archivedHead('witnessed', head.size)}`;
  if ((await archive.read(name)) !== undefined) return;
  await archive.put({ name, bytes, retainUntil });
}

function inconsistent(message: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', { message });
}
