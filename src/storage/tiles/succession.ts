import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalPosition } from '#contracts/journal.ts';
import { newId } from '#kernel/ids.ts';
import { type FileJournalReader, openJournalReader } from '#storage/journal/index.ts';
import {
  type LogRatchetContent,
  openLogRatchetFile,
  type LogBreak,
  type SignedHead,
} from '#storage/ratchet/index.ts';
import { parseCheckpointText, parseNote } from '#tlog/index.ts';
import { CursorFile } from './cursor.ts';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';
import { listLogs, logFolder, type LogName } from './log-reader.ts';
import { extendsHead } from './log-writer.ts';
import { logOrigin } from './origin.ts';
import { rebuildState } from './rebuild.ts';
import { isAfter, parseState, stateFile, type WriterState } from './state.ts';

export interface SuccessionOptions {
  readonly journalFolder: string;
  readonly logRoot: string;
  readonly writer: string;
  readonly originPrefix: string;
  /** Beside the keys. */
  readonly ratchetFolder: string;
  readonly now: number;
  readonly fs?: LogFs;
}

export interface Succession {
  /** Under which this writer's logs go on: folder and last part of the origin. */
  readonly name: string;
  /** The beginning of these logs is not on record yet. */
  readonly unopened: boolean;
  /** Why these logs succeed others; undefined for the first ones. */
  readonly broken: LogBreak | undefined;
  /** Logs whose `writer-state` was made anew, by origin. */
  readonly rebuilt: readonly string[];
}

/** A name of the writer, with or without the mark of a succession. */
export function isNameOf(name: string, writer: string): boolean {
  return name === writer || (name.startsWith(`${writer}.`) && /\.[0-9a-f]{8}$/u.test(name));
}

export function successionOf(name: string, writer: string): string | undefined {
  return name === writer ? undefined : name.slice(writer.length + 1);
}

/** Where an operator asks that the logs of a writer begin anew; `bailiwick audit begin-anew` makes it. */
function anewFile(ratchetFolder: string, writer: string): string {
  return join(ratchetFolder, `${writer}.begin-anew`);
}

export function isAskedAnew(ratchetFolder: string, writer: string): boolean {
  return existsSync(anewFile(ratchetFolder, writer));
}

/**
 * Decides, before anything is signed, under which name a writer goes on. INVARIANT: logs that do not
 * extend what the ratchet remembers, or whose place in the journal is not known, are left as they
 * are, and others begin under an origin that was never used.
 */
export function admitLogs(options: SuccessionOptions): Succession {
  const journal = openJournalReader({ folder: options.journalFolder });
  try {
    return new Admission(options, journal).decide();
  } finally {
    journal.close();
  }
}

interface OldLog {
  readonly log: LogName;
  readonly origin: string;
  readonly files: DurableFolder;
  readonly folder: string;
}

class Admission {
  readonly #options: SuccessionOptions;
  readonly #journal: FileJournalReader;
  readonly #io: LogFs;
  readonly #rebuilt: string[] = [];

  constructor(options: SuccessionOptions, journal: FileJournalReader) {
    this.#options = options;
    this.#journal = journal;
    this.#io = options.fs ?? nodeLogFs;
  }

  decide(): Succession {
    const { ratchetFolder, writer } = this.#options;
    const file = openLogRatchetFile(ratchetFolder, writer);
    const present = file.read();
    const name = present?.name ?? writer;
    const old = this.#logsOf(name);
    const asked = isAskedAnew(ratchetFolder, writer) ? 'begun-anew' : undefined;
    const lost = present === undefined ? this.#whyLost(old) : this.#whyNot(present, old);
    const why = asked ?? lost;
    if (why !== undefined) {
      const next = this.#succeed(present, old, why);
      file.write(next);
      // Last: a crash before it begins anew once more, which harms nobody.
      this.#io.remove(anewFile(ratchetFolder, writer));
      return { name: next.name, unopened: true, broken: next.broken, rebuilt: [] };
    }
    const next = present ?? this.#begin(old);
    if (present === undefined) file.write(next);
    return { name, unopened: !next.opened, broken: next.broken, rebuilt: this.#rebuilt };
  }

  /** Without a ratchet: right for new data, and for data older than the ratchet itself. */
  #whyLost(old: readonly OldLog[]): string | undefined {
    const { logRoot, writer, journalFolder } = this.#options;
    const states = old.map((one) => this.#state(one));
    if (states.some((state) => state === undefined || state.kept)) return 'ratchet-lost';
    if (listLogs(logRoot).some((log) => log.writer !== writer && isNameOf(log.writer, writer))) {
      return 'ratchet-lost';
    }
    const fed = new CursorFile(this.#io, journalFolder).exists;
    return old.length === 0 && fed ? 'log-lost' : undefined;
  }

  #whyNot({ logs }: LogRatchetContent, old: readonly OldLog[]): string | undefined {
    for (const last of logs) {
      const log = old.find(({ origin }) => origin === last.origin);
      if (log === undefined) {
        if (last.size > 0) return 'log-lost';
        continue;
      }
      if (this.#state(log) === undefined && !this.#rebuild(log, last)) return 'state-lost';
      if (!extendsHead(log.files.read, this.#state(log)?.size ?? 0, last)) return 'log-behind';
    }
    for (const log of old) {
      const state = this.#state(log);
      if (state === undefined) return 'state-lost';
      if (!this.#isFed(state)) return 'journal-lost';
    }
    return undefined;
  }

  /** The journal that fed this log is there, and holds everything behind what the log took. */
  #isFed({ journal, position }: WriterState): boolean {
    const first = this.#journal.firstSegment();
    if (first === undefined || this.#journal.journalId() !== journal) return false;
    const cursor = this.#cursorAt(journal);
    const read = cursor !== undefined && isAfter(cursor, position) ? cursor : position;
    if (read.segment < first) return false;
    try {
      this.#journal.read(read, 1);
      return true;
    } catch {
      return false;
    }
  }

  #cursorAt(journal: string): JournalPosition | undefined {
    const { ratchetFolder, writer, journalFolder } = this.#options;
    const name = openLogRatchetFile(ratchetFolder, writer).read()?.name ?? writer;
    return new CursorFile(this.#io, journalFolder, successionOf(name, writer)).load(journal);
  }

  #rebuild({ log, folder, origin }: OldLog, last: SignedHead): boolean {
    const made = rebuildState({ io: this.#io, folder, log, last, journal: this.#journal });
    if (made) this.#rebuilt.push(origin);
    return made;
  }

  #begin(old: readonly OldLog[]): LogRatchetContent {
    const { writer } = this.#options;
    const opened = old.length > 0;
    return { schema: 1, writer, name: writer, opened, logs: [] };
  }

  /** Another name, and so another origin; the old logs stay as evidence. */
  #succeed(
    present: LogRatchetContent | undefined,
    old: readonly OldLog[],
    why: string,
  ): LogRatchetContent {
    const { writer, now } = this.#options;
    const name = `${writer}.${randomBytes(4).toString('hex')}`;
    const before = present?.logs ?? old.flatMap((one) => this.#claimedHead(one));
    this.#beginCursor(name, old);
    const broken = { id: newId(now), at: now, why, before };
    return { schema: 1, writer, name, opened: false, logs: [], broken };
  }

  /** What the old logs hold is not written twice, as far as they and the journal belong together. */
  #beginCursor(name: string, old: readonly OldLog[]): void {
    const { writer, journalFolder } = this.#options;
    const journal = this.#journal.journalId();
    const first = this.#journal.firstSegment();
    const states = old.map((one) => this.#state(one));
    const positions = states.flatMap((state) =>
      state === undefined || state.journal !== journal ? [] : [state.position],
    );
    const [earliest] = positions.sort((a, b) => (isAfter(a, b) ? 1 : -1));
    if (journal === undefined || first === undefined || earliest === undefined) return;
    if (positions.length !== old.length || earliest.segment < first) return;
    if (!this.#holds(earliest)) return;
    new CursorFile(this.#io, journalFolder, successionOf(name, writer)).save(journal, earliest);
  }

  #holds(position: JournalPosition): boolean {
    try {
      this.#journal.read(position, 1);
      return true;
    } catch {
      return false;
    }
  }

  /** What a log says of itself when nothing else says it. */
  #claimedHead({ files, origin }: OldLog): SignedHead[] {
    try {
      const bytes = files.read('checkpoint');
      if (bytes === undefined) return [];
      const { size, root } = parseCheckpointText(parseNote(bytes).text);
      return [{ origin, size, root: Buffer.from(root).toString('hex') }];
    } catch {
      return [];
    }
  }

  #logsOf(name: string): OldLog[] {
    const { logRoot, originPrefix } = this.#options;
    return listLogs(logRoot)
      .filter(({ writer }) => writer === name)
      .map((log) => {
        const folder = logFolder(logRoot, log);
        const origin = logOrigin(originPrefix, log);
        return { log, folder, origin, files: new DurableFolder(this.#io, folder) };
      });
  }

  #state({ files }: OldLog): WriterState | undefined {
    const bytes = files.read(stateFile);
    return bytes === undefined ? undefined : parseState(bytes);
  }
}
