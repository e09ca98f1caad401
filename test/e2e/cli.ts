import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiled } from './instance.ts';

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface CliAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON object that `-o json` promises. */
  json(): Record<string, unknown>;
}

export interface CliPlace {
  readonly home: string;
  readonly data: string;
}

/** The command line as a person runs it: a process of its own, with a home of its own. */
export function runCli(
  place: CliPlace,
  args: readonly string[],
  input: string | Uint8Array = '',
  /** Told what it says beside its answer, as it says it. */
  heard?: (stderr: string) => void,
): Promise<CliAnswer> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...args], {
    env: {
      PATH,
      BAILIWICK_HOME: place.home,
      BAILIWICK_DATA: place.data,
      NODE_COMPILE_CACHE: compiled,
    },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    heard?.(Buffer.concat(stderr).toString('utf8'));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(stdout).toString('utf8');
      resolve({
        code,
        stdout: text,
        stderr: Buffer.concat(stderr).toString('utf8'),
        json: () => oneObject(text),
      });
    });
  });
}

function oneObject(text: string): Record<string, unknown> {
  const lines = text.trimEnd().split('\n');
  if (lines.length !== 1) throw new Error(`${lines.length} lines instead of one object:\n${text}`);
  const value: unknown = JSON.parse(lines[0] ?? '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`not an object: ${text}`);
  }
  return value as Record<string, unknown>;
}

/** What was done takes a moment to be in force everywhere. */
export async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await ask();
    if (holds(value)) return value;
    if (tries > 1_000) throw new Error(`it did not come true: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
