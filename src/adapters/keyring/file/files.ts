import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';

export function keysUnreadable(message: string, cause?: unknown): BailiwickError {
  return new BailiwickError('store/keys-unreadable', {
    message,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Undefined when there is no such file. Refuses a file that others than its owner can read. */
export function readPrivate(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw keysUnreadable(`key file \`${path}\` cannot be read`, error);
  }
  try {
    requirePrivate(path, fs.fstatSync(fd).mode);
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function requirePrivate(path: string, mode: number): void {
  if ((mode & 0o077) === 0) return;
  throw new BailiwickError('store/keys-unreadable', {
    message: `\`${path}\` can be reached by others than its owner`,
    suggestedAction: `run \`chmod go= ${path}\`, and consider its keys known to whoever could read it`,
  });
}

export function openPrivateFolder(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  requirePrivate(folder, fs.statSync(folder).mode);
  syncFolder(dirname(folder));
}

/** Replaces a file whole or not at all; on disk when it returns. */
export function writePrivate(path: string, bytes: Uint8Array): void {
  const temporary = writeTemporary(path, bytes);
  fs.renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** INVARIANT: a key file is never written over, whatever became of the lock. */
export function writePrivateNew(path: string, bytes: Uint8Array): void {
  const temporary = writeTemporary(path, bytes);
  try {
    fs.linkSync(temporary, path);
  } catch (error) {
    throw keysUnreadable(`\`${path}\` cannot be made, or another process made it meanwhile`, error);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  syncFolder(dirname(path));
}

function writeTemporary(path: string, bytes: Uint8Array): string {
  const temporary = `${path}.${process.pid}.tmp`;
  fs.rmSync(temporary, { force: true });
  const fd = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.writeFileSync(fd, bytes);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  return temporary;
}

function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
