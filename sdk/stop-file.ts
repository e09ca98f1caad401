import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Room that lies ready for a stop: on a full disk nothing new can be written, this can. */
const roomBytes = 16_384;
const lockWaitMs = 2_000;
const lockStaleMs = 10_000;
const lockRetryMs = 20;

/** Whose being there is a stop; every gateway on this data folder reads it several times a second. */
export function stopFilePath(data: string): string {
  return join(data, 'stop');
}

function roomPath(data: string): string {
  return join(data, 'stop.room');
}

/** Undefined when there is none. */
export function readStopFileText(data: string): string | undefined {
  try {
    return readFileSync(stopFilePath(data), 'utf8');
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw fault;
  }
}

/** Puts room aside while there is some. False when the disk has none any more. */
export function keepStopRoom(data: string): boolean {
  const path = roomPath(data);
  try {
    if (sizeOf(path) >= roomBytes) return true;
    writeDurably(path, 'w', padded(''));
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}

export type StopFileChange = (text: string | undefined) => string | undefined;

/**
 * One change of the stop file after the other, whoever makes them. The new text is written into the
 * room that was put aside and takes the file's place in one step; undefined takes the file away and
 * keeps its room. What was written is there when this resolves.
 */
export async function changeStopFile(data: string, change: StopFileChange): Promise<void> {
  const unlock = await lock(data);
  try {
    const text = change(readStopFileText(data));
    if (text === undefined) takeAway(data);
    else replace(data, text);
  } finally {
    unlock();
  }
}

/** Written down for control, which puts it on record: who took this stop out, when and why. */
export function writeReleaseNote(data: string, id: string, text: string): void {
  const folder = releaseNotesPath(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeDurably(join(folder, `${id}.json`), 'w', Buffer.from(text));
  syncFolder(folder);
}

/** The names that can be stopped, as control wrote them down last. */
export function stopNamesPath(data: string): string {
  return join(data, 'run', 'stop-names.json');
}

export function releaseNotesPath(data: string): string {
  return join(data, 'run', 'releases');
}

function takeAway(data: string): void {
  if (!existsSync(stopFilePath(data))) return;
  renameSync(stopFilePath(data), roomPath(data));
  syncFolder(data);
  keepStopRoom(data);
}

function replace(data: string, text: string): void {
  const room = roomPath(data);
  const bytes = padded(text);
  const hadRoom = keepStopRoom(data);
  if (!hadRoom && sizeOf(stopFilePath(data)) >= bytes.length) {
    // No room aside, but what the file itself takes up is ours: written over in place.
    writeDurably(stopFilePath(data), 'r+', bytes);
    return;
  }
  writeDurably(room, hadRoom ? 'r+' : 'w', bytes);
  renameSync(room, stopFilePath(data));
  syncFolder(data);
  keepStopRoom(data);
}

/** Blank lines mean nothing in the file; they hold its room. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = Math.ceil(Math.max(1, bytes.length) / roomBytes) * roomBytes;
  return Buffer.concat([bytes, Buffer.alloc(size - bytes.length, '\n')]);
}

function writeDurably(path: string, flags: 'w' | 'r+', bytes: Buffer): void {
  const file = openSync(path, flags, 0o600);
  try {
    let at = 0;
    while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at, at);
    ftruncateSync(file, bytes.length);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A file that only one can make. One that died leaves it; after a while it counts for nothing. */
async function lock(data: string): Promise<() => void> {
  const path = join(data, 'stop.lock');
  const until = Date.now() + lockWaitMs;
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return () => rmSync(path, { force: true });
    } catch (fault) {
      // A stop does not wait for a lock that cannot be had, as on a disk without a free inode.
      if (codeOf(fault) !== 'EEXIST' || Date.now() > until) return () => undefined;
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age > lockStaleMs) rmSync(path, { force: true });
      await pause(lockRetryMs);
    }
  }
}

function codeOf(fault: unknown): unknown {
  return fault instanceof Error && 'code' in fault ? fault.code : undefined;
}
