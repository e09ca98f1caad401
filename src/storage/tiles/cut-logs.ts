import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { openJournalReader } from '#storage/journal/index.ts';
import { openLogRatchetFile } from '#storage/ratchet/index.ts';
import { parseCheckpointText, parseNote } from '#tlog/index.ts';
import { directoryFirst, type FileOfLog, filesUpTo } from './files-of-log.ts';
import { listLogs, logFolder, type LogName } from './log-reader.ts';
import { isAfter, parseState, stateFile, type WriterState } from './state.ts';
import { nodeLogFs } from './files.ts';

export interface CutLogs {
  readonly data: string;
  /** Beside the keys. */
  readonly ratchetFolder: string;
  /** How long a writer may take to sign for what it has. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 60_000;
const lookMs = 50;
const framesPerRead = 4_096;
const bytesPerRead = 8 * 1024 * 1024;

/**
 * Every log as of a signed checkpoint, while their writers go on. INVARIANT: each of them has all that was durable
 * when this was called, so no journal is needed to go with it; and nothing behind its checkpoint is told.
 */
export async function* cutLogs(options: CutLogs): AsyncGenerator<FileOfLog> {
  const logRoot = join(options.data, 'log');
  const deadline = performance.now() + (options.patienceMs ?? usualPatienceMs);
  for (const owed of await owedBy(options)) {
    while (!isSigned(logRoot, owed)) {
      if (performance.now() > deadline) throw behind(owed);
      await sleep(lookMs);
    }
  }
  // INVARIANT: the directory's head is read before those that it speaks of, or it would speak of more than there is.
  const logs = listLogs(logRoot)
    .sort(directoryFirst)
    .flatMap((log) => headOf(logRoot, log));
  for (const log of logs) yield* filesUpTo(log);
}

interface Owed extends LogName {
  readonly position?: JournalPosition;
  readonly size: number;
}

/** What each log must be signed for: what it took, and what the journal has for it. */
async function owedBy({ data, ratchetFolder }: CutLogs): Promise<Owed[]> {
  const logRoot = join(data, 'log');
  const owed = new Map<string, Owed>();
  for (const log of listLogs(logRoot)) {
    const size = stateOf(logRoot, log)?.size ?? 0;
    owed.set(logFolder(logRoot, log), { ...log, size });
  }
  const journals = join(data, 'journal');
  for (const writer of existsSync(journals) ? readdirSync(journals) : []) {
    const name = openLogRatchetFile(ratchetFolder, writer).read()?.name ?? writer;
    for (const { tenant, retention, position } of await endsOf(join(journals, writer))) {
      const log = { tenant, retention, writer: name };
      const known = owed.get(logFolder(logRoot, log));
      owed.set(logFolder(logRoot, log), { ...log, size: known?.size ?? 0, position });
    }
  }
  return [...owed.values()];
}

interface End {
  readonly tenant: string;
  readonly retention: string;
  readonly position: JournalPosition;
}

const mostTries = 20;

/** Where the last frame of each log stands. Its first segments may go while they are read: then they are in logs. */
async function endsOf(folder: string): Promise<readonly End[]> {
  for (let tried = 1; ; tried += 1) {
    const reader = openJournalReader({ folder });
    try {
      return endsIn(reader);
    } catch (fault) {
      if (tried === mostTries) throw fault;
      await sleep(lookMs);
    } finally {
      reader.close();
    }
  }
}

function endsIn(reader: ReturnType<typeof openJournalReader>): readonly End[] {
  const ends = new Map<string, End>();
  for (let after: JournalPosition | undefined; ; ) {
    const frames = reader.read(after, framesPerRead, bytesPerRead);
    for (const { tenant, retention, position } of frames) {
      ends.set(`${tenant}/${retention}`, { tenant, retention, position });
    }
    after = frames.at(-1)?.position;
    if (after === undefined) return [...ends.values()];
  }
}

function isSigned(logRoot: string, { position, size, ...log }: Owed): boolean {
  const state = stateOf(logRoot, log);
  if (position !== undefined && (state === undefined || isAfter(position, state.position))) {
    return false;
  }
  const head = headOf(logRoot, log)[0];
  return (head?.size ?? 0) >= Math.max(size, position === undefined ? 0 : (state?.size ?? 0));
}

function stateOf(logRoot: string, log: LogName): WriterState | undefined {
  const bytes = nodeLogFs.read(join(logFolder(logRoot, log), stateFile));
  return bytes === undefined ? undefined : parseState(bytes);
}

/** What lies beside a log is read before its head: nothing that others say of it is ahead of it. */
function headOf(logRoot: string, log: LogName) {
  const folder = logFolder(logRoot, log);
  const name = ['log', log.tenant, log.retention, log.writer].join('/');
  const beside = besideIn(folder);
  const checkpoint = nodeLogFs.read(join(folder, 'checkpoint'));
  if (checkpoint === undefined) return [];
  const { size } = parseCheckpointText(parseNote(checkpoint).text);
  return [{ name, folder, beside, checkpoint, size }];
}

const ofTheWriter = new Set(['tile', 'payload', 'checkpoint', stateFile]);

function besideIn(
  folder: string,
  below = '',
): { readonly name: string; readonly bytes: Uint8Array }[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (ofTheWriter.has(name) || name.endsWith('.tmp')) return [];
    if (entry.isDirectory()) return besideIn(folder, name);
    const bytes = nodeLogFs.read(join(folder, name));
    return bytes === undefined ? [] : [{ name, bytes }];
  });
}

function behind({ tenant, retention, writer }: Owed): BailiwickError {
  return new BailiwickError('audit/unavailable', {
    message: `log \`${tenant}/${retention}/${writer}\` is not signed up to what its journal has`,
    suggestedAction:
      'see in `bailiwick status` whether its program runs, then take the backup again',
  });
}
