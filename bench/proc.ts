import { readdirSync, readFileSync, statSync } from 'node:fs';

/** What the kernel counted of running processes. */

/** The kernel tells processes in hundredths of a second. */
const tickUs = 10_000;

/** User and system time of processes in microseconds, all their threads included. */
export function cpuUsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(`/proc/${pid}/stat`) * tickUs, 0);
}

function ticksOf(file: string): number {
  const text = readFileSync(file, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Microseconds by the name of the thread: threads of one name are added up. */
export function threadCpuUs(pids: readonly number[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${task}`;
      try {
        const name = readFileSync(`${folder}/comm`, 'utf8').trim();
        found.set(name, (found.get(name) ?? 0) + threadUs(folder));
      } catch {
        // It ended while we looked.
      }
    }
  }
  return found;
}

/** In nanoseconds where this kernel keeps them; a thread that rests a lot is less than a tick. */
function threadUs(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
  } catch {
    return ticksOf(`${folder}/stat`) * tickUs;
  }
}

const sectorBytes = 512;

/**
 * Bytes that the disk below a folder was given, by anybody, metadata of the file system included. Not
 * what the kernel counts for a process: that grows by a whole large folio, up to a megabyte, for each
 * small write of a file that is being flushed.
 */
export function diskBytesBelow(folder: string): number {
  const { dev } = statSync(folder, { bigint: true });
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  for (const line of readFileSync('/proc/diskstats', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === `${major}` && fields[1] === `${minor}`)
      return Number(fields[9]) * sectorBytes;
  }
  return Number.NaN;
}

export function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return sum + Number(found?.[1] ?? Number.NaN) * 1024;
  }, 0);
}

/** Children of a supervisor whose command line names this file. */
export function childrenOf(supervisor: number, file: string): number[] {
  const listed = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim();
  return listed
    .split(' ')
    .filter((pid) => pid !== '' && commandOf(pid).includes(file))
    .map(Number);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
