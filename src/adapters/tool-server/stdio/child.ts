import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { SignerNeed } from '#contracts/signers.ts';
import { limits } from '#kernel/limits.ts';
import type { ServerConnect } from '#kernel/snapshot.ts';
import type { CutMessage } from '../wire/cut-answer.ts';
import { createLines } from './lines.ts';

export interface Child {
  /**
   * One message a line. INVARIANT: answers false when not one byte of it was handed over, as nothing is to
   * one that can answer no more: it may still do what it is asked, and nobody would ever know.
   */
  send(message: Buffer): boolean;
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Ends the whole process group: asked first, made to after two seconds. `why`: what it did. */
  stop(why?: string): Promise<void>;
}

export interface Gone {
  /** False when the program could not be run at all. */
  readonly started: boolean;
  /** For whoever asked it. */
  readonly why: string;
  /** The same for whoever runs it. */
  readonly told: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

export interface ChildHooks {
  onLine(line: Buffer): void;
  /** A line that is too long to be one, when it came to its end. */
  onCut(cut: CutMessage): void;
  /** By the beginning of such a line: whether somebody waits for it, asked as long as it goes on. */
  isWaitedFor(head: Buffer): () => boolean;
  /** What it writes on its error output. */
  onPrinted(bytes: Buffer): void;
  /** Exactly once. */
  onGone(gone: Gone): void;
}

export interface ChildParts {
  readonly connect: Extract<ServerConnect, { kind: 'stdio' }>;
  readonly environment: Record<string, string>;
  /** Made before it starts. */
  readonly home: string;
  /** Where what is pinned lies, for this server. */
  readonly packages: string;
  /** Who must have signed it. */
  readonly signers?: readonly SignerNeed[];
  readonly now?: () => number;
}

/** What a child that does not read may leave behind here; more is refused, not kept. */
const backlogBytes = 4_194_304;
const killAfterMs = 2_000;
const newline = Buffer.of(10);

export function startChild({ connect, environment }: ChildParts, hooks: ChildHooks): Child {
  const child = spawn(connect.command, [...connect.args], {
    cwd: connect.cwd,
    env: environment,
    shell: false,
    // Its own process group, so that what it started ends with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let gone = false;
  let endedBecause: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (how: Pick<Gone, 'why' | 'told'>): void => {
      if (gone) return;
      gone = true;
      // What it started must not outlive it.
      killGroup(child, 'SIGKILL');
      resolve();
      const exitCode = child.exitCode ?? undefined;
      const signal = child.signalCode ?? undefined;
      hooks.onGone({ started: child.pid !== undefined, ...how, exitCode, signal });
    };
    child.once('error', (fault) => end({ why: 'it could not be started', told: whyNot(fault) }));
    child.once('exit', (code, signal) => {
      const how = { why: 'it ended', told: endedBecause ?? howItEnded(code, signal) };
      // What it wrote before it ended is still read, but not for long: a child of it may hold the pipe.
      const timer = setTimeout(end, 200, how);
      child.once('close', () => {
        clearTimeout(timer);
        end(how);
      });
    });
  });
  let isMute = false;
  child.stdout.once('close', () => {
    isMute = true;
  });
  const stop = async (why?: string): Promise<void> => {
    if (gone) return;
    isMute = true;
    endedBecause ??= why;
    killGroup(child, 'SIGTERM');
    const timer = setTimeout(() => killGroup(child, 'SIGKILL'), killAfterMs);
    await exited;
    clearTimeout(timer);
  };
  readFrom(child, hooks, () => void stop(tooLong));
  endWhenDeafOrMute(child, (why) => void stop(why));
  return {
    pid: child.pid,
    send(message) {
      if (gone || isMute || child.stdin.destroyed || !child.stdin.writable) return false;
      if (child.stdin.writableLength > backlogBytes) return false;
      child.stdin.cork();
      child.stdin.write(message);
      child.stdin.write(newline);
      child.stdin.uncork();
      return true;
    },
    stop,
  };
}

/** Whoever closes a stream and lives on would be waited for until time runs out, at every call. */
function endWhenDeafOrMute(
  child: ChildProcessWithoutNullStreams,
  end: (why: string) => void,
): void {
  const soon = (why: string) => (): void => {
    // One that is ending closes them too, and says better itself why it ends.
    setTimeout(end, graceMs, why).unref();
  };
  child.stdout.once('end', soon('it was ended: it closed its standard output'));
  child.stdin.once('close', soon('it was ended: it closed its standard input'));
}

const graceMs = 500;
const tooLong = 'it was ended: it wrote a line that is too long, or that did not come to its end';

function howItEnded(code: number | null, signal: string | null): string {
  return signal === null ? `it ended with exit code ${code ?? 'unknown'}` : `${signal} ended it`;
}

/** By the code alone: the message of the fault holds the arguments. */
function whyNot(fault: Error): string {
  const code = 'code' in fault ? String(fault.code) : '';
  if (code === 'ENOENT')
    return 'it could not be started: no such program on the PATH, or no such `cwd`';
  if (code === 'EACCES') return 'it could not be started: the program may not be run';
  return `it could not be started (${code})`;
}

function readFrom(
  child: ChildProcessWithoutNullStreams,
  hooks: ChildHooks,
  onTooLong: () => void,
): void {
  const lines = createLines(
    limits.upstreamMessageBytes,
    (line) => hooks.onLine(line),
    (cut) => hooks.onCut(cut),
    { isWaitedFor: (head) => hooks.isWaitedFor(head) },
  );
  child.stdout.on('data', (chunk: Buffer) => {
    if (lines.push(chunk)) return;
    child.stdout.removeAllListeners('data');
    child.stdout.destroy();
    onTooLong();
  });
  // Always read, so that the child never blocks on it.
  child.stderr.on('data', (chunk: Buffer) => hooks.onPrinted(chunk));
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream.on('error', () => undefined);
  }
}

function killGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
