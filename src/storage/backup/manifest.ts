import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';

/** The last two files of a backup: what is in it, as `sha256sum -c` reads it, and who says so. */
export const sumsName = 'SHA256SUMS';
export const noteName = 'backup.note';

/** So much of either is read at all: some half a million files. */
export const mostSumsBytes = 64 * 1024 * 1024;
export const mostNoteBytes = 60 * 1024;

export interface BackupFacts {
  readonly takenAt: string;
  readonly version: string;
  /** Of the store. */
  readonly schema: number;
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 (hex) of the list of digests. */
  readonly sums: string;
  /** How long each log was, by origin. */
  readonly logs: Readonly<Record<string, number>>;
}

export function factsIn(line: string): BackupFacts {
  const told = parseJson(Buffer.from(line, 'utf8'));
  if (!isJsonObject(told) || told['form'] !== 1 || !isJsonObject(told['logs'])) throw notOurs();
  const logs = Object.entries(told['logs']).map(([origin, size]) => [origin, count(size)] as const);
  return {
    takenAt: text(told, 'takenAt'),
    version: text(told, 'version'),
    schema: count(told['schema']),
    files: count(told['files']),
    bytes: count(told['bytes']),
    sums: text(told, 'sums'),
    logs: Object.fromEntries(logs),
  };
}

function text(told: JsonObject, name: string): string {
  const value = told[name];
  if (typeof value !== 'string') throw notOurs();
  return value;
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw notOurs();
}

const notOurs = (): BailiwickError =>
  new BailiwickError('backup/damaged', {
    message: 'what it says of itself is not read by this version',
  });
