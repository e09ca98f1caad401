import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoginAsk, LoginDrop } from '#contracts/login-drop.ts';

const mostBytes = 4_096;
const names = /^([0-9a-f-]{36})\.ask$/;

/** Beside the keys: whoever writes here as their owner could sign as the instance itself. */
export function openLoginDrop(folder: string): LoginDrop {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    take(staleBefore) {
      if (!isOurs(folder)) return [];
      return readdirSync(folder).flatMap((name) => {
        if (isLeftBehind(folder, name, staleBefore)) rmSync(join(folder, name), { force: true });
        const id = names.exec(name)?.[1];
        if (id === undefined) return [];
        const ask = readAsk(join(folder, name), id);
        rmSync(join(folder, name), { force: true });
        return ask === undefined ? [] : [ask];
      });
    },
    answer(id, text) {
      write(join(folder, `${id}.answer`), text);
    },
    last() {
      try {
        return readFileSync(join(folder, 'last'));
      } catch {
        return undefined;
      }
    },
    keepLast: (text) => write(join(folder, 'last'), text),
  };
}

/** Of whoever was killed while it asked. */
function isLeftBehind(folder: string, name: string, staleBefore: number): boolean {
  if (!/^[0-9a-f-]{36}\.(?:answer|ask\.new|answer\.new)$/.test(name)) return false;
  const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
  return found !== undefined && found.mtimeMs < staleBefore;
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** A folder that others may write into proves nothing. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return lstatSync(folder).isDirectory() && isOwner(uid) && (mode & 0o022) === 0;
}

/** INVARIANT: a plain file of the one who owns the keys, or of root, that nobody else could write. */
function readAsk(path: string, id: string): LoginAsk | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const found = fstatSync(fd);
    const isPlain = found.isFile() && found.nlink === 1 && found.size <= mostBytes;
    if (!isPlain || !isOwner(found.uid) || (found.mode & 0o077) !== 0) return undefined;
    const bytes = Buffer.alloc(mostBytes);
    return { id, uid: found.uid, text: bytes.subarray(0, readSync(fd, bytes, 0, mostBytes, 0)) };
  } finally {
    closeSync(fd);
  }
}

function isOwner(uid: number): boolean {
  return uid === process.getuid?.() || uid === 0;
}
