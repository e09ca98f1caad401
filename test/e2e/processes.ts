import { readdirSync, readFileSync } from 'node:fs';

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

/** Every process below this one, at any depth. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const below = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** A zombie does not. */
export function lives(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** As above; undefined while there is none. */
export function runningChildOf(supervisor: number, file: string): number | undefined {
  try {
    return childOf(supervisor, file);
  } catch {
    return undefined;
  }
}

/** As a machine that loses power does; one that went with its parent is gone all the same. */
export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH')) throw fault;
  }
}
