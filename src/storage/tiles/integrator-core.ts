import { join } from 'node:path';
import type { JournalPosition, RecoveredFrame } from '#contracts/journal.ts';
import type { LogWriter } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type FileJournalReader, openJournalReader } from '#storage/journal/index.ts';
import type { RawSigner } from '#tlog/index.ts';
import { CursorFile } from './cursor.ts';
import { type LogFs, nodeLogFs } from './files.ts';
import { logOrigin } from './origin.ts';
import { type HeadMemory, openLogWriter } from './log-writer.ts';
import { successionOf } from './succession.ts';
import { listLogs } from './log-reader.ts';

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
}

const framesPerStep = 4096;

/** Moves what the journal holds into logs. Synchronous: it lives in a worker. */
export class Integrator {
  readonly #options: IntegratorOptions;
  readonly #reader: FileJournalReader;
  readonly #cursor: CursorFile;
  readonly #logs = new Map<string, LogWriter>();
  readonly #journalId: string;
  #position: JournalPosition | undefined;

  private constructor(options: IntegratorOptions, reader: FileJournalReader, journalId: string) {
    this.#options = options;
    this.#reader = reader;
    this.#journalId = journalId;
    const succession = successionOf(nameOf(options), options.writer);
    this.#cursor = new CursorFile(options.fs ?? nodeLogFs, options.journalFolder, succession);
    this.#position = this.#cursor.load(journalId);
    // Logs that succeed others take what is left of the journal.
    if (this.#position === undefined && succession === undefined) this.#requireWholeJournal();
    for (const [tenant, retention] of existingLogs(options)) this.#checkLog(tenant, retention);
  }

  /** Undefined while there is nothing: no journal yet, and no log that one has fed. */
  static open(options: IntegratorOptions): Integrator | undefined {
    const reader = openJournalReader({ folder: options.journalFolder });
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

  /** Integrates what the journal holds, up to `maxSteps` reads; true when it may hold more. */
  integrate(maxSteps: number): boolean {
    for (let step = 0; step < maxSteps; step += 1) {
      const frames = this.#reader.read(this.#position, framesPerStep);
      const last = frames.at(-1);
      if (last === undefined) return false;
      for (const part of byLog(frames)) {
        this.#log(part.tenant, part.retention).append(this.#journalId, part.frames);
      }
      this.#advance(last.position);
    }
    return true;
  }

  /** Signs a checkpoint for every log that has new entries. */
  publish(): void {
    for (const log of this.#logs.values()) log.publish();
  }

  close(): void {
    if (this.#position !== undefined) this.#cursor.save(this.#journalId, this.#position);
    this.#reader.close();
  }

  abandon(): void {
    this.#reader.close();
  }

  /** Every log remembers its own place, so this cursor needs to be durable only before segments go. */
  #advance(position: JournalPosition): void {
    const before = this.#position;
    this.#position = position;
    if (before !== undefined && before.segment === position.segment) return;
    this.#cursor.save(this.#journalId, position);
    this.#reader.release(position);
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
  for (const frame of frames) {
    const { tenant, retention } = frame;
    const key = `${tenant}/${retention}`;
    const part = parts.get(key) ?? { tenant, retention, frames: [] };
    part.frames.push(frame);
    parts.set(key, part);
  }
  return [...parts.values()];
}
