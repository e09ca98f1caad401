import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FileKeyring } from '#adapters/keyring/file/index.ts';
import type { Journal } from '#contracts/journal.ts';
import type { Clock } from '#kernel/time.ts';
import {
  createPayloadSealer,
  createRecorder,
  type PayloadSealer,
  type Recorder,
} from '#planes/audit/index.ts';
import { holdJournal, type JournalLock, openJournal } from '#storage/journal/index.ts';
import { type LocatedLog, openLogReaders, startIntegrator } from '#storage/tiles/index.ts';
import { onLogFault } from './child.ts';

/** The log of one program: its write-ahead file, the worker that moves it into tiles, its recorder. */
export interface ProgramLog {
  readonly journal: Journal;
  readonly sealer: PayloadSealer;
  readonly recorder: Recorder;
  /** False when this program has written here before. */
  readonly isNew: boolean;
  /** Every log of the data folder, opened anew. */
  readers(): readonly LocatedLog[];
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LogHold {
  readonly isNew: boolean;
  readonly lock: JournalLock;
}

/** An earlier life of this program may still be ending: once this is held, it has. */
export async function holdProgramLog(data: string, writer: string): Promise<LogHold> {
  const folder = folderOf(data, writer);
  const isNew = !existsSync(folder);
  return { isNew, lock: await holdJournal({ folder }) };
}

function folderOf(data: string, writer: string): string {
  return join(data, 'journal', writer);
}

export async function openProgramLog(options: {
  readonly data: string;
  readonly writer: string;
  readonly keyring: FileKeyring;
  readonly clock: Clock;
  /** Taken before, by a program that opens more than its log. */
  readonly hold?: LogHold;
}): Promise<ProgramLog> {
  const { data, writer, keyring, clock } = options;
  const { isNew, lock } = options.hold ?? (await holdProgramLog(data, writer));
  const journalFolder = folderOf(data, writer);
  const logRoot = join(data, 'log');
  const integrator = startIntegrator({
    journalFolder,
    logRoot,
    writer,
    signerKeyPkcs8: await keyring.signerKeyPkcs8('log'),
    onError: onLogFault,
  });
  // INVARIANT: what the last life left is in tiles before a new segment is made: a start that fails
  // over it leaves nothing behind, however often it is tried.
  await integrator.flush();
  const journal = await openJournal({ folder: journalFolder, lock });
  const sealer = await createPayloadSealer({ keyring, clock });
  const { publicKey } = await keyring.signer('log');
  return {
    journal,
    sealer,
    isNew,
    recorder: createRecorder({ journal, clock, writer, sealer }),
    readers: () => openLogReaders(logRoot, publicKey),
    flush: () => integrator.flush(),
    async close() {
      await journal.close();
      await integrator.flush();
      await integrator.stop();
      // Last of all: until here this program writes tiles.
      lock.release();
    },
  };
}
