import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  anchorFileOf,
  anchorFolder,
  type AnchorKind,
  anchoredHead,
  openRekorEntry,
  openTimestamp,
  type TimestampTrust,
} from '#tlog/anchors/index.ts';
import {
  type CheckpointTrust,
  type KnownHead,
  type LogProblem,
  type NoteVerifier,
  openCheckpoint,
} from '#tlog/index.ts';

/** What others outside noted of one log, as it stands beside it. */
export interface Anchored {
  /** INVARIANT: each is held against the records, whoever noted it. */
  readonly heads: readonly KnownHead[];
  readonly problems: readonly LogProblem[];
  /** By the roots that were named, the oldest and the newest. */
  readonly timestamps: readonly Timestamped[];
  /** In logs whose keys were named, the newest. */
  readonly entry:
    | { readonly size: number; readonly log: string; readonly index: number }
    | undefined;
  /** So many are by others. */
  readonly unknown: number;
}

/** Whose word counts. */
export interface AnchorTrust extends TimestampTrust {
  /** Keys of logs as Rekor's. */
  readonly logs: readonly NoteVerifier[];
}

export interface Timestamped {
  readonly size: number;
  readonly at: number;
  readonly by: string;
}

export function readAnchors(folder: string, trust: CheckpointTrust, others: AnchorTrust): Anchored {
  const heads: KnownHead[] = [];
  const problems: LogProblem[] = [];
  const trusted: Timestamped[] = [];
  let unknown = 0;
  let entry: Anchored['entry'];
  for (const path of filesIn(folder)) {
    const file = anchorFileOf(path);
    try {
      if (file === undefined) continue;
      const message = readFileSync(join(folder, anchoredHead(file.size)));
      if (file.kind === 'head') heads.push(headOf(message, trust, { path, size: file.size }));
      if (file.kind === 'head' || !isAskedFor(file.kind, others)) continue;
      const bytes = readFileSync(join(folder, path));
      const word = wordOf(file.kind, { bytes, message, size: file.size }, others);
      if (word === undefined) unknown += 1;
      else if ('at' in word) trusted.push(word);
      else entry = word;
    } catch (fault) {
      problems.push({ kind: 'anchor', path, message: `\`${path}\`: ${whyOf(fault)}` });
    }
  }
  return { heads, problems, timestamps: trusted, entry, unknown };
}

interface Noted {
  readonly bytes: Buffer;
  readonly message: Buffer;
  readonly size: number;
}

/** Undefined where it is by nobody who was named. */
function wordOf(
  kind: AnchorKind,
  { bytes, message, size }: Noted,
  others: AnchorTrust,
): Timestamped | NonNullable<Anchored['entry']> | undefined {
  if (kind === 'timestamp') {
    const { isTrusted, at, by } = openTimestamp(bytes, { message }, others);
    return isTrusted ? { size, at, by } : undefined;
  }
  const { isTrusted, log, index } = openRekorEntry(bytes, message, others.logs);
  return isTrusted ? { size, log, index } : undefined;
}

function isAskedFor(kind: AnchorKind, { roots, logs }: AnchorTrust): boolean {
  return kind === 'timestamp' ? roots.length > 0 : logs.length > 0;
}

function filesIn(folder: string): readonly string[] {
  const path = join(folder, anchorFolder);
  if (!existsSync(path)) return [];
  const names = readdirSync(path).filter((name) => anchorFileOf(name) !== undefined);
  return names.sort().map((name) => `${anchorFolder}/${name}`);
}

function headOf(
  bytes: Buffer,
  trust: CheckpointTrust,
  { path, size }: { readonly path: string; readonly size: number },
): KnownHead {
  const head = openCheckpoint(bytes, trust);
  if (head.size === size) return { size, root: head.root, from: `\`${path}\`` };
  throw new BailiwickError('audit/proof-invalid', { message: 'it is the head of another size' });
}

/** Of the newest: the records before it existed at its time; and of the oldest, for those before that one. */
export function toldAnchors({ timestamps, entry, unknown }: Anchored): {
  readonly fields: JsonObject;
  readonly text: string;
} {
  const told = ({ size, at, by }: Timestamped): JsonObject => ({ size, at: isoTime(at), by });
  const [oldest] = timestamps;
  const newest = timestamps.at(-1);
  const fields: JsonObject = {
    ...(oldest === undefined || newest === undefined
      ? {}
      : {
          timestamps: { count: timestamps.length, oldest: told(oldest), newest: told(newest) },
        }),
    ...(entry === undefined ? {} : { entry: { ...entry } }),
    ...(unknown === 0 ? {} : { notedByOthers: unknown }),
  };
  const texts = [
    newest === undefined
      ? ''
      : `; its first ${newest.size} records existed at ${isoTime(newest.at)} by ${newest.by}`,
    entry === undefined
      ? ''
      : `; its first ${entry.size} records are entry ${entry.index} of ${entry.log}`,
    unknown === 0 ? '' : `; noted ${unknown} times by nobody that you named`,
  ];
  return { fields, text: texts.join('') };
}

function whyOf(fault: unknown): string {
  return fault instanceof BailiwickError ? fault.message : 'what it is over cannot be read';
}
