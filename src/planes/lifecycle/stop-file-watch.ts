import type { RecordDraft } from '#kernel/record.ts';
import {
  readReleaseNote,
  readStopFile,
  type ReleaseNote,
  type StopLine,
  type StopNote,
} from '#kernel/stop-file.ts';
import { stopTargetText } from '#kernel/stop-target.ts';
import { createTurns } from '#kernel/turns.ts';
import type { StopFile } from './door.ts';

export interface StopFileRecorder {
  /** One durable batch, from the space that is kept for acts that take away. */
  recordAll(
    drafts: readonly RecordDraft[],
    options: { readonly reserved: boolean },
  ): Promise<unknown>;
}

export interface StopFileWatchParts {
  readonly file: StopFile;
  readonly recorder: StopFileRecorder;
  readonly tenant: string;
}

/** What the stop file says, and the record of what it said: who stopped or released what, and why. */
export interface StopFileWatch {
  readonly lines: readonly StopLine[];
  /** Reads the file again; true when it says something else than before. */
  look(): Promise<boolean>;
  /** Puts on record what is not yet; what cannot be recorded now is tried again the next time. */
  settle(): Promise<void>;
  /** These were taken out by an act that has its own record. */
  forget(ids: readonly string[]): void;
}

export function createStopFileWatch(parts: StopFileWatchParts): StopFileWatch {
  const { file, recorder, tenant } = parts;
  let lines: readonly StopLine[] = [];
  /** On record as set, and not as released. */
  let recorded: Map<string, StopLine> | undefined;
  let kept: string | undefined;
  const turns = createTurns();
  const known = async (): Promise<Map<string, StopLine>> => {
    recorded ??= byId(textLines(await file.seen(), tenant));
    return recorded;
  };
  const settleNow = async (): Promise<void> => {
    const before = await known();
    const now = byId(lines);
    const notes = await readNotes(file, tenant);
    const { drafts, settledNotes } = owed({ before, now, notes, tenant });
    if (drafts.length > 0) await recorder.recordAll(drafts, { reserved: true });
    recorded = now;
    // Only for the next control: in this one nothing is recorded twice, whatever the disk says.
    const text = [...now.values()].map((line) => line.text).join('\n');
    if (text !== kept) await file.saw(text);
    kept = text;
    await file.dropNotes(settledNotes);
  };
  return {
    get lines() {
      return lines;
    },
    async look() {
      const text = await file.read();
      const now = text === undefined ? [] : readStopFile(text, tenant);
      const isSame = now.length === lines.length && now.every(({ id }, at) => id === lines[at]?.id);
      lines = now;
      return !isSame;
    },
    settle: () => turns.take('settle', settleNow),
    forget(ids) {
      for (const id of ids) recorded?.delete(id);
    },
  };
}

type Notes = ReadonlyMap<string, ReleaseNote>;

function owed(of: {
  readonly before: ReadonlyMap<string, StopLine>;
  readonly now: ReadonlyMap<string, StopLine>;
  readonly notes: Notes;
  readonly tenant: string;
}): { drafts: RecordDraft[]; settledNotes: string[] } {
  const { before, now, notes, tenant } = of;
  const drafts: RecordDraft[] = [];
  for (const [id, line] of now) if (!before.has(id)) drafts.push(setDraft(line, tenant));
  for (const [id, line] of before) {
    if (!now.has(id)) drafts.push(releasedDraft(line, notes.get(id)?.release, tenant));
  }
  // Set and released while nobody watched: both go on record.
  const missed = [...notes].filter(([id]) => !before.has(id) && !now.has(id));
  for (const [, { line, release }] of missed) {
    drafts.push(setDraft(line, tenant), releasedDraft(line, release, tenant));
  }
  return { drafts, settledNotes: [...notes.keys()].filter((id) => !now.has(id)) };
}

async function readNotes(file: StopFile, tenant: string): Promise<Notes> {
  const notes = new Map<string, ReleaseNote>();
  for (const { id, text } of await file.notes()) {
    const note = readReleaseNote(text, tenant);
    if (note !== undefined) notes.set(id, note);
  }
  return notes;
}

function textLines(text: string | undefined, tenant: string): StopLine[] {
  return text === undefined || text === '' ? [] : readStopFile(text, tenant);
}

function byId(lines: readonly StopLine[]): Map<string, StopLine> {
  return new Map(lines.map((line) => [line.id, line]));
}

function setDraft(line: StopLine, tenant: string): RecordDraft {
  const { id, target, understood, by, at, reason } = line;
  return {
    ...byHand('stop.set', by, tenant),
    details: { channel, stop: id, stopped: stopTargetText(target), understood, reason, at },
  };
}

function releasedDraft(line: StopLine, note: StopNote | undefined, tenant: string): RecordDraft {
  const { id, target } = line;
  const { by = '', at = '', reason = '' } = note ?? {};
  return {
    ...byHand('stop.released', by, tenant),
    details: { channel, stop: id, released: stopTargetText(target), reason, at },
  };
}

const channel = 'stop-file';

/** As the file tells it: nobody proves who they are to a file. */
function byHand(type: 'stop.set' | 'stop.released', by: string, tenant: string) {
  return { type, tenant, actors: [{ kind: 'human', name: by === '' ? 'unknown' : by }] } as const;
}
