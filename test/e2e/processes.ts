import { readFileSync } from 'node:fs';

/** The program of a running supervisor whose command line names this file. */
export function childOf(supervisor: number, file: string): number {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8')
    .trim()
    .split(' ');
  for (const pid of children) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file)) return Number(pid);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`no ${file} under ${supervisor}`);
}
