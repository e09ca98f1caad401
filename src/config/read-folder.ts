import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { limits } from '#kernel/limits.ts';
import { compareText, type ConfigProblem } from './problem.ts';

export interface SourceFile {
  /** Relative to the folder, as problems name it. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface ReadFiles {
  readonly files: readonly SourceFile[];
  readonly problems: readonly ConfigProblem[];
}

export type ReadFolder = (folder: string) => ReadFiles;

interface Reading {
  readonly root: string;
  /** Where it really lies: what a link leads to has to lie below. */
  readonly home: string;
  readonly files: SourceFile[];
  readonly problems: ConfigProblem[];
  bytes: number;
}

/**
 * Every `*.yaml` and `*.yml` below the folder, sorted. The only I/O of this room. Hidden entries are
 * no configuration; anything else that cannot be read as a plain file is a problem, never skipped.
 */
export const readFolder: ReadFolder = (folder) => {
  const reading: Reading = { root: folder, home: real(folder), files: [], problems: [], bytes: 0 };
  walk(reading, '', 0);
  return reading;
};

function walk(reading: Reading, folder: string, depth: number): void {
  if (depth > limits.documentFolderDepth) {
    report(reading, folder, 'the folders are nested too deep', 'move the documents up');
    return;
  }
  for (const entry of entriesOf(reading, folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const isDocument = /\.ya?ml$/.test(entry.name);
    if (entry.isDirectory()) walk(reading, path, depth + 1);
    else if (entry.isFile() && isDocument) readInto(reading, path);
    else if (entry.isSymbolicLink() && isDocument) readLink(reading, path);
    else if (entry.isSymbolicLink() || isDocument) {
      report(reading, path, 'this is no plain file', 'put the file itself here');
    }
  }
}

function entriesOf(reading: Reading, folder: string) {
  try {
    const entries = readdirSync(join(reading.root, folder), { withFileTypes: true });
    return entries.sort((a, b) => compareText(a.name, b.name));
  } catch (fault) {
    report(
      reading,
      folder,
      `the folder cannot be read (${codeOf(fault)})`,
      'check path and rights',
    );
    return [];
  }
}

/**
 * As Kubernetes mounts a ConfigMap: each file a link into a hidden folder beside it. INVARIANT: a link is
 * followed to a file below the folder and no further, wherever it leads on the way.
 */
function readLink(reading: Reading, path: string): void {
  let target: string;
  try {
    target = realpathSync(join(reading.root, path));
  } catch (fault) {
    return report(reading, path, `the link leads nowhere (${codeOf(fault)})`, 'mend or remove it');
  }
  if (!target.startsWith(`${reading.home}${sep}`)) {
    const message = 'this link leads out of the folder';
    return report(reading, path, message, 'put the file itself here');
  }
  readInto(reading, path, target);
}

/** The place itself where it cannot be asked: whoever reads it says why. */
function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function readInto(reading: Reading, path: string, place = join(reading.root, path)): void {
  if (reading.files.length >= limits.documents) {
    if (reading.files.length === limits.documents) {
      report(reading, path, `there are more than ${limits.documents} files`, 'use fewer files');
    }
    return;
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = readBounded(place);
  } catch (fault) {
    report(reading, path, `the file cannot be read (${codeOf(fault)})`, 'check its rights');
    return;
  }
  if (bytes === undefined) {
    const message = `the file is no plain file of at most ${limits.documentBytes} bytes`;
    report(reading, path, message, 'split it into several files');
    return;
  }
  reading.bytes += bytes.length;
  if (reading.bytes > limits.documentFolderBytes) {
    const message = `the documents together are larger than ${limits.documentFolderBytes} bytes`;
    report(reading, path, message, 'use smaller documents');
    return;
  }
  reading.files.push({ file: path, bytes });
}

/** Looks at what was opened, not at the name: between two looks a name can change its meaning. */
function readBounded(path: string): Uint8Array | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = fstatSync(fd).size;
    if (!fstatSync(fd).isFile() || size > limits.documentBytes) return undefined;
    const bytes = Buffer.allocUnsafe(limits.documentBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, bytes, length, bytes.length - length, null);
      length += read;
      if (length > limits.documentBytes) return undefined;
      if (read === 0) return Buffer.from(bytes.subarray(0, length));
    }
  } finally {
    closeSync(fd);
  }
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown';
}

function report(reading: Reading, file: string, message: string, suggestedAction: string): void {
  const where = file === '' ? reading.root : file;
  reading.problems.push({ file: where, line: 1, column: 1, message, suggestedAction });
}
