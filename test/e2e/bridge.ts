import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiled } from './instance.ts';

export interface RunningBridge {
  readonly child: ChildProcess;
  send(message: object): void;
  /** The next line of its standard output. */
  next(): Promise<Record<string, unknown>>;
  end(): void;
  readonly code: Promise<number | null>;
  stdout(): string;
  stderr(): string;
}

/** A bridge whose client is the test itself: lines in, lines out. */
export function spawnBridge(entry: string, words: readonly string[], home: string): RunningBridge {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entry, ...words],
    {
      env: { PATH: process.env['PATH'] ?? '', BAILIWICK_HOME: home, NODE_COMPILE_CACHE: compiled },
    },
  );
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const waiting: ((line: string) => void)[] = [];
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    const taker = waiting.shift();
    if (taker === undefined) lines.push(line);
    else taker(line);
  });
  const code = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const nextLine = (): Promise<string> => {
    const line = lines.shift();
    return line === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(line);
  };
  return {
    child,
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    next: async () => JSON.parse(await nextLine()) as Record<string, unknown>,
    end: () => void child.stdin.end(),
    code,
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
