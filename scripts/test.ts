import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs what CI runs, in order, and ends with one line that counts the tests. Where Debian's parts
 * are missing, tests that need them skip and are counted; with `CI=true` a skip is a failure.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, '.results');
const report = join(results, 'tests.json');
/** It takes a quarter of this on two busy cores; whatever hangs must not hang CI. */
const guardMs = 90_000;
const strict = process.env['CI'] === 'true';

const help = `Runs what CI runs: format, lint, types, unused code, generated docs, every test, and the speed guard.

Usage:
  bailiwick test [FILE…]

With files, or parts of their names, only those tests and no checks.

Examples:
  bailiwick test
  bailiwick test test/e2e/held.test.ts
`;

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const checks: readonly Step[] = [
  { name: 'format', command: 'biome', args: ['format', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
  { name: 'generated docs', command: process.execPath, args: ['scripts/generate.ts', '--check'] },
];

const only = process.argv.slice(2);

async function main(): Promise<number> {
  mkdirSync(results, { recursive: true });
  let failed = 0;
  if (only.length === 0) {
    for (const step of checks) {
      const started = Date.now();
      const { status, stdout, stderr } = spawnSync(step.command, step.args, {
        cwd: root,
        encoding: 'utf8',
      });
      const ok = status === 0;
      say(`${ok ? 'ok  ' : 'FAIL'} ${step.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      if (!ok) {
        failed += 1;
        process.stdout.write(`${stdout}${stderr}\n`);
      }
    }
  }
  const tests = await runTests();
  const speed = only.length === 0 ? guardSpeed() : undefined;
  const skipFails = strict && tests.skipped > 0;
  if (skipFails) say(`FAIL ${tests.skipped} tests skipped, and CI installs what they need:`);
  for (const title of tests.skippedTitles) say(`  skipped: ${title}`);
  if (speed?.kind === 'unmeasured') failed += 1;
  if (speed !== undefined) say(`${speedWords[speed.kind]} speed: ${speed.text}`);
  const bad = tests.failed + failed + (skipFails ? tests.skipped : 0);
  say(`${tests.passed} passed, ${bad} failed, ${skipFails ? 0 : tests.skipped} skipped`);
  return bad === 0 && tests.passed > 0 ? 0 : 1;
}

function runTests(): Promise<TestCounts> {
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...only,
  ];
  return new Promise((resolve) => {
    const child = spawn('vitest', args, {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('exit', (code) => resolve(countTests(code)));
  });
}

const speedWords = { ok: 'ok  ', slower: 'WARN', unmeasured: 'FAIL' } as const;

interface Speed {
  readonly kind: keyof typeof speedWords;
  readonly text: string;
}

/** After the tests, when nothing runs beside it. It never fails for being slow: machines are shared. */
function guardSpeed(): Speed {
  const guard = spawnSync(process.execPath, ['bench/guard.ts'], {
    cwd: root,
    encoding: 'utf8',
    timeout: guardMs,
  });
  try {
    return JSON.parse(guard.stdout) as Speed;
  } catch {
    return { kind: 'unmeasured', text: `the guard said nothing: ${guard.stderr}` };
  }
}

interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skippedTitles: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The runner's own report names the commit it was made at, for `./bailiwick requirements`. */
function countTests(code: number | null): TestCounts {
  try {
    const run = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    const commit = spawnSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
    }).stdout.trim();
    const dirty =
      spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout !== '';
    if (only.length === 0) {
      writeFileSync(
        join(results, 'run.json'),
        JSON.stringify({ commit, dirty, at: new Date().toISOString() }),
      );
    }
    const all = run.testResults.flatMap(({ assertionResults }) => assertionResults);
    const skipped = all.filter(
      ({ status }) => status === 'skipped' || status === 'pending' || status === 'todo',
    );
    return {
      passed: run.numPassedTests,
      // A file that cannot even be loaded fails the run without failing a test.
      failed: run.numFailedTests + (code !== 0 && run.numFailedTests === 0 ? 1 : 0),
      skipped: skipped.length,
      skippedTitles: skipped.map(({ fullName }) => fullName),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skippedTitles: [] };
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (only.includes('--help') || only.includes('-h')) process.stdout.write(help);
else process.exitCode = await main();
