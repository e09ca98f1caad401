import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { limits } from '#kernel/limits.ts';
import type { ServerConnect } from '#kernel/snapshot.ts';
import { createLines } from './lines.ts';

export interface Child {
  /** One message a line. INVARIANT: answers false when not one byte of it was handed over. */
  send(message: Buffer): boolean;
  /** Ends the whole process group: asked first, made to after two seconds. */
  stop(): Promise<void>;
}

export interface ChildHooks {
  onLine(line: Buffer): void;
  /** Exactly once; `started` is false when the program could not be run at all. */
  onGone(gone: { readonly started: boolean; readonly why: string }): void;
}

export interface ChildParts {
  readonly connect: Extract<ServerConnect, { kind: 'stdio' }>;
  readonly environment: Record<string, string>;
  /** Made before it starts. */
  readonly home: string;
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
  const exited = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      if (gone) return;
      gone = true;
      // What it started must not outlive it.
      killGroup(child, 'SIGKILL');
      resolve();
      hooks.onGone({ started: child.pid !== undefined, why });
    };
    child.once('error', () => end('it could not be started'));
    child.once('exit', () => {
      // What it wrote before it ended is still read, but not for long: a child of it may hold the pipe.
      const timer = setTimeout(end, 200, 'it ended');
      child.once('close', () => {
        clearTimeout(timer);
        end('it ended');
      });
    });
  });
  const stop = async (): Promise<void> => {
    if (gone) return;
    killGroup(child, 'SIGTERM');
    const timer = setTimeout(() => killGroup(child, 'SIGKILL'), killAfterMs);
    await exited;
    clearTimeout(timer);
  };
  readFrom(child, hooks, () => void stop());
  return {
    send(message) {
      if (gone || child.stdin.destroyed || !child.stdin.writable) return false;
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

function readFrom(
  child: ChildProcessWithoutNullStreams,
  hooks: ChildHooks,
  onTooLong: () => void,
): void {
  const lines = createLines(limits.upstreamMessageBytes, (line) => hooks.onLine(line));
  child.stdout.on('data', (chunk: Buffer) => {
    if (lines.push(chunk)) return;
    child.stdout.removeAllListeners('data');
    child.stdout.destroy();
    onTooLong();
  });
  // Read, so that the child never blocks on it, and dropped: it is text of a stranger.
  child.stderr.resume();
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
