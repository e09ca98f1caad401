import { sha256Hex } from './digest.ts';
import { canonicalText, isJsonObject, parseJson } from './json/index.ts';
import type { Json } from './json/value.ts';
import type { OverlayEntry, StopTarget } from './overlay.ts';
import { parseStopTarget, sameStopTarget, stopTargetText } from './stop-target.ts';

/**
 * The last channel of the stop: a file in the data folder, one target a line, behind it as a
 * comment who wrote it, when and why. An empty file, and whatever is not understood, stops everything.
 *
 *     agent support # {"at":"2026-11-26T10:00:00.000Z","by":"ann","reason":"odd refunds"}
 */
export interface StopLine {
  /** Names this line over restarts: the same text is the same stop. */
  readonly id: string;
  readonly text: string;
  readonly target: StopTarget;
  /** False when nobody could read it, so that it stops everything. */
  readonly understood: boolean;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

export interface StopNote {
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

const noNote: StopNote = { by: '', at: '', reason: '' };
const noteBytes = 65_536;
const everything: StopTarget = { kind: 'all' };

/** INVARIANT: a file that is there stops at least something; what cannot be understood, everything. */
export function readStopFile(text: string, tenant: string): StopLine[] {
  const found = new Map<string, StopLine>();
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const read = readLine(line, tenant);
    found.set(read.id, read);
  }
  return found.size > 0 ? [...found.values()] : [readLine('all', tenant)];
}

function readLine(line: string, tenant: string): StopLine {
  const mark = line.indexOf('#');
  const words = (mark < 0 ? line : line.slice(0, mark)).trim().split(/\s+/);
  const [kind = '', name, ...rest] = words;
  const target = rest.length > 0 ? undefined : parseStopTarget(kind, name, tenant);
  return {
    id: sha256Hex(Buffer.from(line)).slice(0, 32),
    text: line,
    target: target ?? everything,
    understood: target !== undefined,
    ...(mark < 0 ? noNote : readNote(line.slice(mark + 1))),
  };
}

/** Only words about a stop: what is wrong with them takes nothing from it. */
function readNote(text: string): StopNote {
  try {
    return noteFrom(parseJson(Buffer.from(text.trim()), { maxBytes: noteBytes, maxDepth: 4 }));
  } catch {
    return noNote;
  }
}

function noteFrom(value: Json | undefined): StopNote {
  if (!isJsonObject(value)) return noNote;
  return { by: word(value['by']), at: word(value['at']), reason: word(value['reason']) };
}

function word(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** As the overlay's look-ups understand it. */
export function fileEntry({ id, target, by, at, reason }: StopLine): OverlayEntry {
  return {
    id: `stop-file-${id}`,
    target,
    why: 'stop',
    by: by === '' ? 'stop-file' : by,
    reason: reason === '' ? 'a stop file lies in the data folder' : reason,
    at: Math.max(0, Date.parse(at) || 0),
  };
}

/** The file with one stop more. What is there stays as it is, also what nobody understands. */
export function withStop(text: string | undefined, target: StopTarget, note: StopNote): string {
  const { by, at, reason } = note;
  const line = `${fitting(target)} # ${canonicalText({ at, by, reason })}\n`;
  if (text === undefined) return line;
  const kept = keptLines(text);
  // A file without a stop stops everything; its first one must not turn that into less.
  const stopped = kept.some(isStop) ? kept : [...kept, 'all\n'];
  return `${stopped.join('')}${line}`;
}

/** INVARIANT: what a line would not give back as it is, is a stop of everything, never of less. */
function fitting(target: StopTarget): string {
  const words = stopTargetText(target);
  const read = readLine(words, target.kind === 'all' ? '' : target.tenant).target;
  return sameStopTarget(read, target) ? words : 'all';
}

function keptLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => `${line}\n`);
}

const isStop = (line: string): boolean => !line.startsWith('#');

export interface StopsTakenOut {
  /** What stays; undefined when no stop is left, so that the file has to go. */
  readonly text: string | undefined;
  readonly released: readonly StopLine[];
}

/**
 * The file without exactly the stops of this target. What was not understood counts as `all` and goes
 * with it; `released` is empty when there is none.
 */
export function withoutStop(text: string, target: StopTarget, tenant: string): StopsTakenOut {
  const isOne = (line: StopLine) => sameStopTarget(line.target, target);
  const stays = keptLines(text).filter(
    (line) => !isStop(line) || !isOne(readLine(line.trim(), tenant)),
  );
  return {
    text: stays.some(isStop) ? stays.join('') : undefined,
    released: readStopFile(text, tenant).filter(isOne),
  };
}

/**
 * A stop that was taken out of the file, on its way to the record: who did and why is written down
 * before it is released.
 */
export interface ReleaseNote {
  readonly line: StopLine;
  readonly release: StopNote;
}

export function releaseNoteText({ line, release }: ReleaseNote): string {
  const { by, at, reason } = release;
  return canonicalText({ line: line.text, release: { by, at, reason } });
}

/** Undefined for what nobody can read. */
export function readReleaseNote(text: Uint8Array, tenant: string): ReleaseNote | undefined {
  try {
    const value = parseJson(text, { maxBytes: noteBytes, maxDepth: 4 });
    if (!isJsonObject(value) || typeof value['line'] !== 'string') return undefined;
    return { line: readLine(value['line'], tenant), release: noteFrom(value['release']) };
  } catch {
    return undefined;
  }
}
