import * as fs from 'node:fs';

export interface Span {
  readonly start: number;
  readonly length: number;
  readonly position: number;
}

/** The file operations that the journal needs; tests give their own, which fail on purpose. */
export interface JournalFs {
  open(path: string, flags: number): number;
  close(fd: number): void;
  write(fd: number, bytes: Uint8Array, span: Span, done: WriteDone): void;
  read(fd: number, bytes: Uint8Array, span: Span): number;
  /** Returns when all that was written to this file is on disk. */
  sync(fd: number): void;
  /** The same for what stands inside the length that the file has; times of it may come later. */
  syncData(fd: number): void;
  size(fd: number): number;
  truncate(fd: number, length: number): void;
  /** Bytes that this user may still write where the folder is. */
  free(folder: string): number;
  list(folder: string): string[];
  makeFolder(folder: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export type WriteDone = (error: Error | null, written: number) => void;

export const openFlags = {
  read: fs.constants.O_RDONLY,
  /** Every write is on disk when it completes. */
  append: fs.constants.O_RDWR | fs.constants.O_DSYNC,
  create: fs.constants.O_RDWR | fs.constants.O_DSYNC | fs.constants.O_CREAT | fs.constants.O_EXCL,
} as const;

const ownerOnly = 0o600;

export const nodeJournalFs: JournalFs = {
  open: (path, flags) => fs.openSync(path, flags, ownerOnly),
  close: (fd) => {
    fs.closeSync(fd);
  },
  write: (fd, bytes, span, done) => {
    fs.write(fd, bytes, span.start, span.length, span.position, done);
  },
  read: (fd, bytes, span) => fs.readSync(fd, bytes, span.start, span.length, span.position),
  sync: (fd) => {
    fs.fsyncSync(fd);
  },
  syncData: (fd) => {
    fs.fdatasyncSync(fd);
  },
  size: (fd) => fs.fstatSync(fd).size,
  truncate: (fd, length) => {
    fs.ftruncateSync(fd, length);
  },
  free: (folder) => {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  },
  list: (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder) : []),
  makeFolder: (folder) => {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  remove: (path) => {
    fs.rmSync(path, { force: true });
  },
};

/** A new name in a folder is durable only after this. */
export function syncFolder(io: JournalFs, folder: string): void {
  const fd = io.open(folder, openFlags.read);
  try {
    io.sync(fd);
  } finally {
    io.close(fd);
  }
}

export function writeAll(
  io: JournalFs,
  fd: number,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    io.write(fd, bytes, { start: 0, length: bytes.length, position }, (error, written) => {
      if (error !== null) reject(error);
      else if (written !== bytes.length) reject(cutShort());
      else resolve();
    });
  });
}

/** Nothing is broken: it goes on when somebody has made room. */
export function isLackOfRoom(fault: unknown): boolean {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

export function noRoom(what: string): Error {
  return Object.assign(new Error(`no room on disk for ${what}`), { code: 'ENOSPC' });
}

export function cutShort(): Error {
  return new Error('the write was cut short');
}
