import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A process that cannot be taken for a later one of the same number. */
export interface KnownProcess {
  readonly pid: number;
  /** When it began, in ticks since the machine did; empty where the system does not tell. */
  readonly began: string;
}

const fileName = 'holder.lock';
/** Written over in place: a full disk has room for as much as is there already. */
const fileBytes = 64;

export function thisProcess(): KnownProcess {
  return { pid: process.pid, began: beganAt(process.pid) };
}

/** Without it nobody can be ended, only waited for; so a fault here is no reason not to write. */
export function writeHolder(folder: string, { pid, began }: KnownProcess): void {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const file = openSync(join(folder, fileName), flags, 0o600);
    try {
      writeSync(file, `${pid} ${began}`.padEnd(fileBytes), 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // An older name stands there: its process has ended, and is not signalled.
  }
}

export function readHolder(folder: string): KnownProcess | undefined {
  try {
    const [, pid, began = ''] =
      /^(\d+) (\d*) *$/.exec(readFileSync(join(folder, fileName), 'utf8')) ?? [];
    return pid === undefined ? undefined : { pid: Number(pid), began };
  } catch {
    return undefined;
  }
}

/** It lives, and is the one that wrote its name: a number that was given out again is somebody else. */
export function isStill({ pid, began }: KnownProcess): boolean {
  return began !== '' && beganAt(pid) === began;
}

export function isThisProcess(known: KnownProcess): boolean {
  const own = thisProcess();
  return known.pid === own.pid && known.began === own.began;
}

export function send({ pid }: KnownProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime, or belongs to somebody else: the lock will tell.
  }
}

function beganAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
