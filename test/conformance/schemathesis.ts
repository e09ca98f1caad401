import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { python } from '../clients/python-clients.ts';

export interface Fuzzed {
  /** Requests that it made up and sent. */
  readonly cases: number;
  /** What it holds against us, in its own words; empty where there is nothing. */
  readonly failures: string;
  /** Everything that was sent and answered, as one text. */
  readonly traffic: string;
}

export interface Fuzzing {
  readonly url: string;
  /** Whose credential goes with each request; undefined: nobody's. */
  readonly credential: string | undefined;
  /** How many requests it makes up for each operation, beside the edges of each field. */
  readonly examples: number;
  readonly seed: number;
  readonly document: string;
}

const configuration = join(import.meta.dirname, 'schemathesis.toml');

/** A long stream has no end to hold against a document. */
const leftOut = ['--exclude-path', '/v1/events'];

/** Schemathesis, from outside: it reads the document of the API, and holds each answer against it. */
export function fuzz({ url, credential, examples, seed, document }: Fuzzing): Promise<Fuzzed> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-schemathesis-'));
  const traffic = join(folder, 'traffic.har');
  const who = credential === undefined ? [] : ['-H', `Authorization: Bearer ${credential}`];
  const bounds = [
    '-n',
    `${examples}`,
    '--seed',
    `${seed}`,
    '--no-shrink',
    '--request-timeout',
    '20',
  ];
  const quiet = ['--no-color', '--warnings', 'off', '--continue-on-failure'];
  const kept = ['--report', 'har', '--report-har-path', traffic, '--generation-database', 'none'];
  const args = ['--config-file', configuration, 'run', document, '--url', url, ...who, ...bounds];
  const phases = ['--phases', 'coverage,fuzzing'];
  return new Promise((resolve, reject) => {
    execFile(
      join(dirname(python('schemathesis')), 'st'),
      [...args, ...phases, ...quiet, ...leftOut, ...kept],
      { cwd: folder, maxBuffer: 256 * 1_024 * 1_024 },
      (fault, stdout, stderr) => {
        try {
          const [, cases = ''] = /(\d+) generated/.exec(stdout) ?? [];
          if (cases === '') throw new Error(`${stdout.slice(-800)}${stderr.slice(-800)}`);
          const failures = fault === null ? '' : failuresIn(stdout);
          resolve({ cases: Number(cases), failures, traffic: readFileSync(traffic, 'utf8') });
        } catch (why) {
          reject(why);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  });
}

/** Each in its first lines: a made-up body may be of a megabyte. */
function failuresIn(told: string): string {
  const lines = told.split('\n').map((line) => line.slice(0, 300));
  const isHead = (line: string) => /^_{3,} |^- ST\d+|^\[\d{3}\]|^ {4}\S|^ {4}curl/.test(line);
  return lines.filter(isHead).slice(0, 200).join('\n') || lines.slice(-40).join('\n');
}
