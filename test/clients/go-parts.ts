import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ForeignClient } from './client.ts';
import { lineClient } from './line-client.ts';

const source = join(import.meta.dirname, 'go');
const home = join(import.meta.dirname, '../../.runtime/go');
/** The first time, with everything to fetch and to compile; after that Go's own cache answers. */
const mostMs = 240_000;

/** A driver of the official client, and the official server that has everything. */
const parts = {
  client: '.',
  everything: 'github.com/modelcontextprotocol/go-sdk/conformance/everything-server',
} as const;

export const goPart = (part: keyof typeof parts): string => join(home, part);

export function goIsThere(): boolean {
  return existsSync(goPart('client')) && existsSync(goPart('everything'));
}

/** Undefined once they are built, else why they are not: no Go, or no modules. */
export async function buildGo(): Promise<string | undefined> {
  mkdirSync(home, { recursive: true });
  try {
    for (const [part, name] of Object.entries(parts)) {
      // Another test file may build the same, or run what was built before.
      const made = join(home, `${part}.${process.pid}`);
      const args = ['build', '-mod=readonly', '-trimpath', '-o', made, name];
      await promisify(execFile)('go', args, { cwd: source, timeout: mostMs });
      renameSync(made, join(home, part));
    }
    return undefined;
  } catch (fault) {
    return (fault as Error).message.slice(0, 400);
  }
}

export const goClients: readonly ForeignClient[] = [
  lineClient({ name: 'go sdk 1.8.0', runtime: 'go' }, () => [goPart('client')]),
];
