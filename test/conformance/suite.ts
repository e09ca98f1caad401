import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { strangerFile } from '../clients/strangers.ts';

export type Verdict = 'SUCCESS' | 'INFO' | 'SKIPPED' | 'WARNING' | 'FAILURE';

export interface Check {
  readonly verdict: Verdict;
  readonly why: string;
}

/** By `scenario:check`; where the suite tells one twice, its worst verdict. */
export type Checks = ReadonlyMap<string, Check>;

interface WrittenCheck {
  readonly id: string;
  readonly status: Verdict;
  readonly errorMessage?: string;
}

const program = strangerFile('@modelcontextprotocol/conformance', 'dist/index.js');
const worseIsLater: readonly Verdict[] = ['INFO', 'SKIPPED', 'SUCCESS', 'WARNING', 'FAILURE'];
const mostMs = 180_000;

/** The official suite against whatever serves at `url`: exactly what the revision requires, and more. */
export function askServer(url: string, revision: string): Promise<Checks> {
  return run(['server', '--url', url, '--requirements', revision]);
}

/** One scenario against a client that `command` starts, with the address of the suite's server behind it. */
export function askClient(command: string, scenario: string, revision: string): Promise<Checks> {
  const which = ['--scenario', scenario, '--spec-version', revision, '--force'];
  return run(['client', '--command', command, ...which, '--timeout', '60000'], scenario);
}

/** Every scenario of a revision for clients, as the suite itself lists them. */
export function clientScenarios(revision: string): readonly string[] {
  const file = strangerFile('@modelcontextprotocol/conformance', `requirements/${revision}.yaml`);
  const { client, not_scored: unscored } = required.parse(parse(readFileSync(file, 'utf8')));
  const more = unscored.filter(({ leg }) => leg === 'client').map(({ scenario }) => scenario);
  return [...client, ...more];
}

const required = z.object({
  client: z.array(z.string()),
  not_scored: z.array(z.object({ scenario: z.string(), leg: z.string() })),
});

async function run(args: readonly string[], scenario?: string): Promise<Checks> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-conformance-'));
  try {
    await started([program, ...args, '--output-dir', folder]);
    return read(folder, scenario);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function started(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', timeout: mostMs });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // It ends with 1 when a check fails, which is what is looked for.
    child.once('exit', (code, signal) => {
      if (code === 0 || code === 1) resolve();
      else reject(new Error(`the conformance suite ended with ${code ?? signal}`));
    });
  });
}

function read(folder: string, only: string | undefined): Checks {
  const checks = new Map<string, Check>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('checks.json')) continue;
    const scenario = only ?? scenarioOf(entry);
    const written = JSON.parse(readFileSync(join(folder, entry), 'utf8')) as WrittenCheck[];
    for (const { id, status, errorMessage } of written) {
      const name = `${scenario}:${id}`;
      const before = checks.get(name);
      if (before !== undefined && rank(before.verdict) >= rank(status)) continue;
      checks.set(name, { verdict: status, why: (errorMessage ?? '').slice(0, 300) });
    }
  }
  if (checks.size === 0) {
    const why = 'the suite wrote no results';
    return new Map([[`${only ?? 'all'}:no-results`, { verdict: 'FAILURE', why }]]);
  }
  return checks;
}

const rank = (verdict: Verdict): number => worseIsLater.indexOf(verdict);

/** `server-tools-list-2026-11-26T…/checks.json`. */
function scenarioOf(path: string): string {
  const folder = path.replace(/\/?checks\.json$/, '');
  return folder.replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, '').replace(/^server-/, '');
}
