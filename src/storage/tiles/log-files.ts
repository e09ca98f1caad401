import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openLogRatchetFile } from '#storage/ratchet/index.ts';
import {
  emptyRoot,
  logVkey,
  type RawSigner,
  type ReadLogFile,
  signCheckpoint,
} from '#tlog/index.ts';
import { anchorFileOf, anchorFolder } from '#tlog/anchors/index.ts';
import { nodeLogFs } from './files.ts';
import { listLogs, logFolder, type LogName } from './log-reader.ts';
import { logOrigin } from './origin.ts';
import { parseState, stateFile } from './state.ts';
import { isAskedAnew, isNameOf } from './succession.ts';

/** One log as those see it who show it to witnesses. */
export interface LogFiles {
  readonly tenant: string;
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** Whole under its name when it resolves, whenever the machine stops. */
  keep(file: string, bytes: Uint8Array): Promise<void>;
  /** So long it was by all that is here, its checkpoint or not. */
  reached(): number;
  /** Names of what others outside noted of it, in their order. */
  anchors(): readonly string[];
}

export function anchorsIn(folder: string): readonly string[] {
  const path = join(folder, anchorFolder);
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  return names.filter((name) => anchorFileOf(name) !== undefined);
}

export interface LogPlace {
  readonly logRoot: string;
  readonly originPrefix: string;
  readonly signer: RawSigner;
  /** Beside the keys. */
  readonly ratchetFolder: string;
}

export function listLogFiles(place: LogPlace): LogFiles[] {
  return listLogs(place.logRoot)
    .filter(({ writer }) => goesOn(place, writer))
    .map((log) => filesOf(place, log));
}

/**
 * What is shown before a start, the own log of the program among it. INVARIANT: a log without a
 * checkpoint is shown as an empty one, never passed over: whoever took it away would else hide the log.
 */
export function listLogFilesAtStart(place: LogPlace, own: LogName): LogFiles[] {
  const first = notBegun(place, own);
  const logs = listLogs(place.logRoot)
    .filter(({ writer }) => goesOn(place, writer))
    .map((log) => {
      const files = filesOf(place, log);
      return files.read('checkpoint') === undefined ? withEmptyHead(place, log) : files;
    });
  return first === undefined ? logs : [first, ...logs];
}

/**
 * A log that is not here, under a name that it would begin with: an empty head, signed. Whoever
 * remembers more of it says so.
 */
function notBegun(place: LogPlace, log: LogName): LogFiles | undefined {
  const known = listLogs(place.logRoot).some(
    ({ tenant, retention, writer }) =>
      tenant === log.tenant && retention === log.retention && isNameOf(writer, log.writer),
  );
  if (known || isAskedAnew(place.ratchetFolder, log.writer)) return undefined;
  if (openLogRatchetFile(place.ratchetFolder, log.writer).read() !== undefined) {
    return undefined;
  }
  return withEmptyHead(place, log);
}

function withEmptyHead(place: LogPlace, log: LogName): LogFiles {
  const origin = logOrigin(place.originPrefix, log);
  const head = signCheckpoint({ origin, size: 0, root: emptyRoot }, place.signer);
  const files = filesOf(place, log);
  return {
    ...files,
    read: (path) => (path === 'checkpoint' ? Buffer.from(head, 'utf8') : undefined),
  };
}

function filesOf(
  { logRoot, originPrefix, signer, ratchetFolder }: LogPlace,
  log: LogName,
): LogFiles {
  const folder = logFolder(logRoot, log);
  const origin = logOrigin(originPrefix, log);
  const read = (path: string): Uint8Array | undefined => nodeLogFs.read(join(folder, path));
  return {
    tenant: log.tenant,
    vkey: logVkey(origin, signer.publicKey),
    read,
    keep: (file, bytes) => replace(join(folder, file), bytes),
    anchors: () => anchorsIn(folder),
    reached() {
      const bytes = read(stateFile);
      const kept = openLogRatchetFile(ratchetFolder, writerOf(log.writer)).read();
      const last = kept?.logs.find((one) => one.origin === origin)?.size ?? 0;
      return Math.max(last, bytes === undefined ? 0 : parseState(bytes).size);
    },
  };
}

/** Logs that others succeed are evidence, and left as they are: what a witness had against them is known. */
function goesOn({ ratchetFolder }: LogPlace, name: string): boolean {
  const writer = writerOf(name);
  if (isAskedAnew(ratchetFolder, writer)) return false;
  const kept = openLogRatchetFile(ratchetFolder, writer).read();
  return kept === undefined || kept.name === name;
}

/** Whose ratchet it is: the name of a log that succeeds another has a mark behind it. */
function writerOf(name: string): string {
  return name.replace(/\.[0-9a-f]{8}$/u, '');
}

/**
 * Not on the thread's time: a flush takes as long as the disk likes. The name is flushed too: a machine
 * that stops would else bring the older one back.
 */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(dirname(path));
}

async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(dirname(made));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
