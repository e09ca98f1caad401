import type {
  BundleHintBytes,
  IndexedLog,
  PostedRecord,
  RecordIndex,
} from '#contracts/record-index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { encodeHint, leafHash, sameHash, tileWidth } from '#tlog/index.ts';
import type { TenantLog } from './door.ts';
import { Frontier } from './frontier.ts';
import { everyRecord, type RecordJudge, termsOf, unreadableRecord } from './record-terms.ts';

export interface FollowParts {
  readonly index: RecordIndex;
  /** Throws for what this version cannot read. */
  readonly parse: (leaf: Uint8Array) => RecordEnvelope;
  readonly judge: RecordJudge;
}

/** What one step came to. */
export type FollowStep =
  | { readonly kind: 'taken'; readonly records: number; readonly left: number }
  /** The log is not the one that was indexed, or not any more. */
  | { readonly kind: 'contradiction'; readonly why: 'shorter' | 'another root' };

/** A multiple of a bundle, so that no bundle is read twice while there is much to take. */
export const recordsPerStep = 1_024;

/**
 * Takes the next records of one log into the index. INVARIANT: `proved` moves only to a size whose signed root
 * is that of what was read; nothing is told of records behind it.
 */
export function followLog(parts: FollowParts, log: TenantLog): FollowStep {
  const head = log.reader.head();
  const known = parts.index.logs().find(({ origin }) => origin === log.origin) ?? unknown(log);
  const size = head?.size ?? 0;
  if (size < known.size || !Frontier.fits(known.size, known.edge)) {
    return { kind: 'contradiction', why: 'shorter' };
  }
  if (head === undefined) return { kind: 'taken', records: 0, left: 0 };
  const begins = log.reader.begins();
  if (begins > known.begins) {
    parts.index.forget(log.origin, begins, Math.floor(begins / tileWidth));
  }
  const frontier = new Frontier(known.size, known.edge);
  // Nothing is new; but it may be another history that is as long.
  if (size === known.proved) {
    const isSame = size === 0 || sameHash(frontier.root(), head.root);
    return isSame
      ? { kind: 'taken', records: 0, left: 0 }
      : { kind: 'contradiction', why: 'another root' };
  }
  const end = Math.min(size, known.size - (known.size % recordsPerStep) + recordsPerStep);
  const seen = new Map<number, SeenLeaf>();
  const posted = take(parts, log, { frontier, end, begins }, seen);
  const isWhole = frontier.size === size;
  if (isWhole && !sameHash(frontier.root(), head.root)) {
    return { kind: 'contradiction', why: 'another root' };
  }
  const proved = isWhole ? size : known.proved;
  parts.index.add(
    { origin: log.origin, size: frontier.size, proved, edge: frontier.edge() },
    posted,
    hintsOf(log, { from: Math.max(known.size, begins), to: frontier.size, begins }, seen),
  );
  const records = frontier.size - known.size;
  return { kind: 'taken', records, left: size - frontier.size };
}

/** Of what was pruned the hashes are all that there is. */
function take(
  parts: FollowParts,
  { reader }: TenantLog,
  { frontier, end, begins }: { frontier: Frontier; end: number; begins: number },
  seen: Map<number, SeenLeaf>,
): PostedRecord[] {
  const gone = Math.min(end, Math.max(frontier.size, begins));
  for (const hash of reader.leaves(frontier.size, gone)) frontier.append(hash);
  const posted: PostedRecord[] = [];
  for (const { index, bytes } of reader.range(gone, end)) {
    const hash = leafHash(bytes);
    frontier.append(hash);
    seen.set(index, { bytes: bytes.length, hash });
    posted.push(post(parts, { index, bytes, before: posted.at(-1)?.at ?? 0 }));
  }
  return posted;
}

interface SeenLeaf {
  readonly bytes: number;
  readonly hash: Uint8Array;
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly begins: number;
}

/** Of the bundles that became full by this step; of one that began before it the rest is read again. */
function hintsOf(
  { reader }: TenantLog,
  { from, to, begins }: Step,
  seen: ReadonlyMap<number, SeenLeaf>,
): BundleHintBytes[] {
  const hints: BundleHintBytes[] = [];
  for (let bundle = Math.floor(from / tileWidth); (bundle + 1) * tileWidth <= to; bundle += 1) {
    const first = bundle * tileWidth;
    // Of what was pruned in part nothing is looked up.
    if (first < begins) continue;
    const before = reader.range(first, Math.max(first, from));
    const leaves = [
      ...before.map(({ bytes }) => ({ bytes: bytes.length, hash: leafHash(bytes) })),
      ...Array.from({ length: tileWidth - before.length }, (_, at) =>
        seen.get(first + before.length + at),
      ),
    ].filter((leaf) => leaf !== undefined);
    if (leaves.length === tileWidth) hints.push({ bundle, bytes: encodeHint(leaves) });
  }
  return hints;
}

function unknown({ origin }: TenantLog): Omit<IndexedLog, 'number'> {
  return { origin, size: 0, proved: 0, edge: new Uint8Array(0), begins: 0 };
}

interface Leaf {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** When the record before it was made. */
  readonly before: number;
}

function post({ parse, judge }: FollowParts, { index, bytes, before }: Leaf): PostedRecord {
  try {
    const record = parse(bytes);
    return { index, at: timeOf(record), terms: termsOf(record, judge) };
  } catch {
    // Of a version to come: it is there, and whoever looks along all records meets it.
    return { index, at: before, terms: new Set([everyRecord, unreadableRecord]) };
  }
}

/** A time that no date can be is the first of all. */
export function timeOf({ time }: Pick<RecordEnvelope, 'time'>): number {
  const at = Date.parse(time);
  return Number.isNaN(at) ? 0 : Math.max(0, at);
}
