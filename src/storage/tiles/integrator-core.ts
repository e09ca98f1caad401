import { join } from 'node:path';
import type { JournalPosition, RecoveredFrame } from '#contracts/journal.ts';
import type { LogWriter } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  type FileJournalReader,
  type JournalFs,
  openJournalReader,
} from '#storage/journal/index.ts';
import { mostUnsigned, type RawSigner } from '#tlog/index.ts';
import { CursorFile } from './cursor.ts';
import { type LogFs, nodeLogFs } from './files.ts';
import { logOrigin } from './origin.ts';
import { openLogWriter } from './log-writer.ts';
import { successionOf } from './succession.ts';
import { listLogs } from './log-reader.ts';
import type { HeadMemory } from './tile-log-writer.ts';

export interface IntegratorOptions {
  readonly journalFolder: string;
  /** `DIR/log`; a log is at `<tenant>/<retention>/<writer>` below it. */
  readonly logRoot: string;
  readonly writer: string;
  /** Under which its logs go on; its own name but after a succession. */
  readonly name?: string;
  readonly ratchet?: HeadMemory;
  /** Origins are `<prefix>/<tenant>/<retention>/<writer>`; the prefix must never change for a folder. */
  readonly originPrefix: string;
  readonly signer: RawSigner;
  readonly fs?: LogFs;
  readonly journalFs?: JournalFs;
  /** Beside a writer: a segment that is released is left for it to write again. */
  readonly keepsReleased?: boolean;
}

/** Of one read; a backlog of any length passes through so much memory. */
const framesPerStep = 4096;
const bytesPerStep = 8 * 1024 * 1024;
/** So much of what is in logs already a start may read once more, and pass over. */
const readTwiceBytes = 2 * 1024 * 1024;

/**
 * Moves what the journal holds into logs. Synchronous: it lives in a worker.
 * INVARIANT: a segment of the journal goes only when all of it is durable in logs, under states
 * that name it; until then what was taken can be taken again.
 */
export class Integrator {
  readonly #options: IntegratorOptions;
  readonly #reader: FileJournalReader;
  readonly #cursor: CursorFile;
  readonly #logs = new Map<string, LogWriter>();
  readonly #journalId: string;
  /** How far the journal was taken. */
  #position: JournalPosition | undefined;
  /** How far all of it is durable in logs, by the file that says so. */
  #noted: JournalPosition | undefined;
  /**
   * Taken and not signed for, by this life or one before it; whoever verifies relies on their being
   * no more than `mostUnsigned`.
   */
  #framesAhead = 0;

  private constructor(options: IntegratorOptions, reader: FileJournalReader, journalId: string) {
    this.#options = options;
    this.#reader = reader;
    this.#journalId = journalId;
    const succession = successionOf(nameOf(options), options.writer);
    this.#cursor = new CursorFile(options.fs ?? nodeLogFs, options.journalFolder, succession);
    this.#position = this.#cursor.load(journalId);
    this.#noted = this.#position;
    // Logs that succeed others take what is left of the journal.
    if (this.#position === undefined && succession === undefined) this.#requireWholeJournal();
    for (const [tenant, retention] of existingLogs(options)) this.#checkLog(tenant, retention);
  }

  /** Undefined while there is nothing: no journal yet, and no log that one has fed. */
  static open(options: IntegratorOptions): Integrator | undefined {
    const reader = openJournalReader({
      folder: options.journalFolder,
      ...(options.journalFs === undefined ? {} : { fs: options.journalFs }),
      keepsReleased: options.keepsReleased ?? false,
    });
    try {
      const journalId = reader.journalId();
      if (journalId !== undefined) return new Integrator(options, reader, journalId);
      const [log] = existingLogs(options);
      if (log === undefined) return undefined;
      throw journalGone(log);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /**
   * Takes what the journal holds; true when it may hold more, for which it wants to be saved first.
   * Only what became full by it is written; the rest waits for `save` or `publish`.
   */
  take(): boolean {
    while (this.#framesAhead + framesPerStep <= mostUnsigned) {
      const frames = this.#reader.read(this.#position, framesPerStep, bytesPerStep);
      const last = frames.at(-1);
      if (last === undefined) return false;
      for (const part of byLog(frames)) {
        this.#log(part.tenant, part.retention).take(this.#journalId, part.frames);
      }
      this.#position = last.position;
      this.#framesAhead += frames.length;
      if (!isFullStep(frames)) return false;
    }
    return true;
  }

  /** Frames that were taken since all was signed for. */
  get framesAhead(): number {
    return this.#framesAhead;
  }

  /** Takes what the journal holds, in steps; all that it took is signed for when it returns. */
  integrate(maxSteps: number): boolean {
    for (let step = 0; step < maxSteps; step += 1) {
      const more = this.take();
      // Also without new frames: an earlier life may not have come to sign for the last ones.
      this.publish();
      if (!more) return false;
    }
    return true;
  }

  /** All that was taken is durable when it returns. */
  save(): void {
    for (const log of this.#logs.values()) log.save();
    this.#settle();
  }

  /** Saves, and signs a checkpoint for every log that has new entries. */
  publish(): void {
    for (const log of this.#logs.values()) log.publish();
    this.#framesAhead = 0;
    this.#settle();
  }

  close(): void {
    this.save();
    this.#noteCursor();
    this.#reader.close();
  }

  abandon(): void {
    this.#reader.close();
  }

  /**
   * All that was taken is durable. Each log remembers its own place; the cursor says where to read
   * on after a crash, and is not worth a flush for every checkpoint.
   */
  #settle(): void {
    const [from, to] = [this.#noted, this.#position];
    if (from?.segment === to?.segment && (to?.offset ?? 0) - (from?.offset ?? 0) < readTwiceBytes) {
      return;
    }
    this.#noteCursor();
  }

  #noteCursor(): void {
    const position = this.#position;
    if (position === undefined || position === this.#noted) return;
    this.#cursor.save(this.#journalId, position);
    if (this.#noted?.segment !== position.segment) this.#reader.release(position);
    this.#noted = position;
  }

  #requireWholeJournal(): void {
    if (this.#reader.firstSegment() === 1) return;
    throw new BailiwickError('audit/inconsistent', {
      message: 'the journal has dropped segments, but nothing says that they were integrated',
    });
  }

  #log(tenant: string, retention: string): LogWriter {
    const key = `${tenant}/${retention}`;
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    const { logRoot, originPrefix, signer, ratchet, fs } = this.#options;
    const writer = nameOf(this.#options);
    const log = openLogWriter({
      folder: join(logRoot, tenant, retention, writer),
      origin: logOrigin(originPrefix, { tenant, retention, writer }),
      signer,
      ...(ratchet === undefined ? {} : { ratchet }),
      ...(fs === undefined ? {} : { fs }),
    });
    this.#logs.set(key, log);
    this.#framesAhead += log.unsigned;
    return log;
  }

  /** A log that knows more of the journal than there is means that the journal was put back. */
  #checkLog(tenant: string, retention: string): void {
    const { integrated } = this.#log(tenant, retention);
    if (integrated === undefined) return;
    if (integrated.journal !== this.#journalId) {
      throw journalGone([tenant, retention]);
    }
    const first = this.#reader.firstSegment() ?? 1;
    if (integrated.position.segment >= first) this.#reader.read(integrated.position, 1);
  }
}

/** Logs of this writer, of every tenant and retention class. */
function existingLogs(options: IntegratorOptions): LogName[] {
  return listLogs(options.logRoot)
    .filter((log) => log.writer === nameOf(options))
    .map((log) => [log.tenant, log.retention]);
}

function nameOf({ name, writer }: IntegratorOptions): string {
  return name ?? writer;
}

type LogName = readonly [tenant: string, retention: string];

function journalGone([tenant, retention]: LogName): BailiwickError {
  return new BailiwickError('audit/inconsistent', {
    message: `the journal that fed log \`${tenant}/${retention}\` is gone`,
    suggestedAction: 'restore the journal, or begin new logs under another writer name',
  });
}

interface Part {
  readonly tenant: string;
  readonly retention: string;
  readonly frames: RecoveredFrame[];
}

function byLog(frames: readonly RecoveredFrame[]): Part[] {
  const parts = new Map<string, Part>();
  let part: Part | undefined;
  for (const frame of frames) {
    const { tenant, retention } = frame;
    // Most come one after the other into one log.
    if (part?.tenant !== tenant || part.retention !== retention) {
      const key = `${tenant}/${retention}`;
      part = parts.get(key) ?? { tenant, retention, frames: [] };
      parts.set(key, part);
    }
    part.frames.push(frame);
  }
  return [...parts.values()];
}

function isFullStep(frames: readonly RecoveredFrame[]): boolean {
  if (frames.length >= framesPerStep) return true;
  let bytes = 0;
  for (const frame of frames) bytes += frame.bytes.length;
  return bytes >= bytesPerStep;
}
