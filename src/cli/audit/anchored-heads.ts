import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  anchorFileOf,
  anchorFolder,
  anchoredHead,
  openTimestamp,
  type TimestampTrust,
} from '#tlog/anchors/index.ts';
import {
  type CheckpointTrust,
  type KnownHead,
  type LogProblem,
  openCheckpoint,
} from '#tlog/index.ts';

/** What others outside noted of one log, as it stands beside it. */
export interface Anchored {
  /** INVARIANT: each is held against the records, whoever noted it. */
  readonly heads: readonly KnownHead[];
  readonly problems: readonly LogProblem[];
  /** By the roots that were named, the oldest and the newest. */
  readonly timestamps: readonly Timestamped[];
  /** So many are by others. */
  readonly unknown: number;
}

export interface Timestamped {
  readonly size: number;
  readonly at: number;
  readonly by: string;
}

export function readAnchors(
  folder: string,
  trust: CheckpointTrust,
  timestamps: TimestampTrust,
): Anchored {
  const heads: KnownHead[] = [];
  const problems: LogProblem[] = [];
  const trusted: Timestamped[] = [];
  let unknown = 0;
  for (const path of filesIn(folder)) {
    const file = anchorFileOf(path);
    try {
      if (file === undefined) continue;
      const message = readFileSync(join(folder, anchoredHead(file.size)));
      if (file.kind === 'head') heads.push(headOf(message, trust, { path, size: file.size }));
      if (file.kind !== 'timestamp' || timestamps.roots.length === 0) continue;
      const bytes = readFileSync(join(folder, path));
      const { isTrusted, at, by } = openTimestamp(bytes, { message }, timestamps);
      if (isTrusted) trusted.push({ size: file.size, at, by });
      else unknown += 1;
    } catch (fault) {
      problems.push({ kind: 'anchor', path, message: `\`${path}\`: ${whyOf(fault)}` });
    }
  }
  return { heads, problems, timestamps: trusted, unknown };
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
export function toldAnchors({ timestamps, unknown }: Anchored): {
  readonly fields: JsonObject;
  readonly text: string;
} {
  const told = ({ size, at, by }: Timestamped): JsonObject => ({ size, at: isoTime(at), by });
  const [oldest] = timestamps;
  const newest = timestamps.at(-1);
  if (oldest === undefined || newest === undefined) {
    const text = unknown === 0 ? '' : `; ${unknown} timestamps by nobody that you named`;
    return { fields: unknown === 0 ? {} : { timestamps: { count: 0, unknown } }, text };
  }
  const fields = {
    timestamps: {
      count: timestamps.length,
      unknown,
      oldest: told(oldest),
      newest: told(newest),
    },
  };
  const { size, at, by } = newest;
  return { fields, text: `; its first ${size} records existed at ${isoTime(at)} by ${by}` };
}

function whyOf(fault: unknown): string {
  return fault instanceof BailiwickError ? fault.message : 'what it is over cannot be read';
}
