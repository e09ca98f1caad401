import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { until } from './crash-load.ts';

/** One finished system call that wrote, in the order in which the kernel was seen to do it. */
export interface TracedWrite {
  readonly name: string;
  readonly fd: number;
  /** A path, or the two ends of a connection. */
  readonly target: string;
  readonly text: string;
  /** Numbers of the lines at which it began and at which it was done. */
  readonly began: number;
  readonly done: number;
}

const traced = 'write,pwrite64,pwritev,pwritev2,sendto,sendmsg,writev';

/** Why there can be no trace here; undefined when there can. */
export function noTraceBecause(): string | undefined {
  if (spawnSync('strace', ['-V']).status !== 0) return 'strace is not installed';
  const root = process.getuid?.() === 0;
  return root || ptraceScope() === 0 ? undefined : 'this user may not trace another process';
}

function ptraceScope(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'));
  } catch {
    return 0;
  }
}

export interface Trace {
  /** Leaves the process running, and reads what it did. */
  end(): Promise<readonly TracedWrite[]>;
}

/** Follows every thread of a running process. */
export async function traceWrites(pid: number, file: string): Promise<Trace> {
  const args = ['-f', '-yy', '-s', '262144', '-e', `trace=${traced}`, '-o', file, '-p', `${pid}`];
  const child = spawn('strace', args, { stdio: 'ignore' });
  await until(() => isTraced(pid) || child.exitCode !== null, 10_000, 'strace follows');
  if (child.exitCode !== null) throw new Error(`strace ended with ${child.exitCode}`);
  return {
    async end() {
      await endTrace(child);
      return parseTrace(readFileSync(file, 'latin1'));
    },
  };
}

async function endTrace(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGINT');
  await gone;
}

function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) =>
    /TracerPid:\s*[1-9]/.test(readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')),
  );
}

function parseTrace(text: string): readonly TracedWrite[] {
  const open = new Map<string, Omit<TracedWrite, 'done'>>();
  const writes: TracedWrite[] = [];
  for (const [number, line] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.startsWith('<...')) {
      const begun = open.get(thread);
      open.delete(thread);
      if (begun !== undefined && succeeded(rest)) writes.push({ ...begun, done: number });
      continue;
    }
    const [, name = '', fd = '', target = ''] = /^(\w+)\((\d+)<(.*?)>[,)]/.exec(rest) ?? [];
    if (name === '') continue;
    const begun = { name, fd: Number(fd), target, text: rest, began: number };
    if (rest.endsWith('<unfinished ...>')) open.set(thread, begun);
    else if (succeeded(rest)) writes.push({ ...begun, done: number });
  }
  return writes;
}

function succeeded(line: string): boolean {
  return /\)\s+= \d+$/.test(line);
}

/** `O_DSYNC` in the flags of an open file: each write is on disk when it returns. */
export function isSynced(pid: number, fd: number): boolean {
  const flags = /flags:\s*([0-7]+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '0', 8) & 0o10000) !== 0;
}
