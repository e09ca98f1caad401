import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { owned, requirements } from '../test/requirements/ids.ts';
import { mutantsByRequirement } from '../test/requirements/mutants.ts';

/**
 * Proved and unproved requirements by plane, from the last whole test run. A requirement is proved
 * by a passing test that cites it; one that is about enforcement also needs the mutant that kills it.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, '.results');

interface Cited {
  readonly title: string;
  readonly passed: boolean;
}

const help = `What is proved, by plane, from the last whole test run.

Usage:
  bailiwick requirements [-o json]

Examples:
  bailiwick requirements
  bailiwick requirements -o json
`;

function main(): number {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  if (!existsSync(join(results, 'tests.json')) || !existsSync(join(results, 'run.json'))) {
    process.stderr.write('  no test run yet: running the suite first\n');
    spawnSync(process.execPath, ['scripts/test.ts'], { cwd: root, stdio: ['ignore', 2, 2] });
  }
  const run = JSON.parse(readFileSync(join(results, 'run.json'), 'utf8')) as {
    commit: string;
    dirty: boolean;
    at: string;
  };
  const cited = citations();
  const rows = requirements.map(({ id, plane, words }) => {
    const tests = cited.get(id) ?? [];
    const mutants = mutantsByRequirement[id] ?? [];
    const proved = tests.length > 0 && tests.every(({ passed }) => passed);
    return {
      id,
      plane,
      words,
      owned: owned.includes(id),
      proved,
      mutants,
      tests: tests.map(({ title }) => title),
    };
  });
  if (process.argv.includes('json'))
    process.stdout.write(`${JSON.stringify({ ...run, requirements: rows })}\n`);
  else draw(run, rows);
  return rows.some((row) => row.owned && !row.proved) ? 1 : 0;
}

function citations(): Map<string, Cited[]> {
  const report = JSON.parse(readFileSync(join(results, 'tests.json'), 'utf8')) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  const cited = new Map<string, Cited[]>();
  for (const { status, fullName } of report.testResults.flatMap((one) => one.assertionResults)) {
    for (const [, list] of fullName.matchAll(/\[((?:[A-Z]{3}-\d\d(?:, )?)+)\]/g)) {
      for (const id of (list ?? '').split(', ')) {
        cited.set(id, [...(cited.get(id) ?? []), { title: fullName, passed: status === 'passed' }]);
      }
    }
  }
  return cited;
}

type Row = {
  id: string;
  plane: string;
  words: string;
  owned: boolean;
  proved: boolean;
  mutants: readonly string[];
  tests: string[];
};

function draw(run: { commit: string; dirty: boolean; at: string }, rows: Row[]): void {
  const lines = [
    `from the test run of ${run.at} at ${run.commit}${run.dirty ? ' with changes' : ''}`,
    '',
  ];
  for (const plane of new Set(rows.map((row) => row.plane))) {
    const own = rows.filter((row) => row.plane === plane);
    lines.push(`${plane}  ${own.filter((row) => row.proved).length} of ${own.length} proved`);
    for (const row of own.filter((one) => one.proved || one.owned)) {
      const mutants =
        row.mutants.length === 0 ? '' : ` · killed by mutant ${row.mutants.join(', ')}`;
      lines.push(
        `  ${row.proved ? 'proved  ' : 'UNPROVED'} ${row.id} ${row.words} (${row.tests.length} tests${mutants})`,
      );
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

process.exitCode = main();
