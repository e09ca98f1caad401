import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Installation, installed, isThere } from './claim.ts';
import type { ForeignClient } from './client.ts';
import { lineClient } from './line-client.ts';

type Set = 'first' | 'second' | 'schemathesis';

const source = join(import.meta.dirname, 'python');
const home = join(import.meta.dirname, '../../.runtime/python');
export const python = (set: Set) => join(home, set, 'bin/python');

/** The two generations of the official SDK, and what is built on each, and tools: they do not live in one environment. */
function environment(set: Set): Installation {
  return {
    wanted: join(source, `${set}.txt`),
    stamp: join(home, set, 'installed.txt'),
    claim: join(home, `.installing-${set}`),
    install() {
      const venv = run('python3', ['-m', 'venv', join(home, set)]);
      const quiet = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      return venv ?? run(python(set), [...quiet, '-r', join(source, `${set}.txt`)]);
    },
  };
}

function run(command: string, args: readonly string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 280_000 });
  if (done.status === 0) return undefined;
  return `${command}: ${done.error?.message ?? done.stderr.slice(-400)}`;
}

/** One of them alone. */
export function installPythonSet(set: Set): Promise<string | undefined> {
  return installed(environment(set));
}

/** Undefined once they are there, else why not. */
export async function installPython(): Promise<string | undefined> {
  const told = [await installed(environment('first')), await installed(environment('second'))];
  return told.find((one) => one !== undefined);
}

export function pythonIsThere(): boolean {
  return (['first', 'second'] as const).every((set) => isThere(environment(set)));
}

const client = (name: string, set: Set, kind: string): ForeignClient =>
  lineClient({ name, runtime: 'python' }, () => [python(set), join(source, 'driver.py'), kind]);

export const pythonClients: readonly ForeignClient[] = [
  client('python mcp 1.30.0', 'first', 'mcp-1'),
  client('openai-agents 0.24.0', 'first', 'openai-agents'),
  client('langchain-mcp-adapters 0.3.2', 'first', 'langchain'),
  client('python mcp 2.3.0, legacy', 'second', 'mcp-2-legacy'),
  client('python mcp 2.3.0, auto', 'second', 'mcp-2-auto'),
  client('fastmcp 4.2.3', 'second', 'fastmcp'),
];
