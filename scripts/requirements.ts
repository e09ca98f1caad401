import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clause, clauses } from '../test/requirements/clauses.ts';
import { owned, requirements } from '../test/requirements/ids.ts';
import { mutantsByRequirement } from '../test/requirements/mutants.ts';

/**
 * The state of each requirement, by plane, from the last whole test run. *Whole*: every clause of its
 * proof has a passing test (and, where it is about enforcement, the mutants that kill it). *First
 * form*: some test cites it and passes. *None*: no test, or one that fails.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, '.results');

interface Cited {
  readonly title: string;
  readonly passed: boolean;
}

const help = `What is proved, by plane, from the last whole test run: whole, in first form, or not at all.

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
    process.stderr.write('no test run yet; run `./bailiwick test` first\n');
    return 1;
  }
  const run = JSON.parse(readFileSync(join(results, 'run.json'), 'utf8')) as {
    commit: string;
    dirty: boolean;
    at: string;
  };
  const { cited, titles } = citations();
  const rows = requirements.map(({ id, plane, words }): Row => {
    const tests = cited.get(id) ?? [];
    const missing = (clauses[id] ?? []).flatMap((one) => missingOf(one, titles));
    const passes = tests.length > 0 && tests.every(({ passed }) => passed);
    const whole = passes && clauses[id] !== undefined && missing.length === 0;
    return {
      id,
      plane,
      words,
      owned: owned.includes(id),
      state: whole ? 'whole' : passes ? 'first form' : 'none',
      missing,
      mutants: mutantsByRequirement[id] ?? [],
      tests: tests.map(({ title }) => title),
    };
  });
  if (process.argv.includes('json'))
    process.stdout.write(`${JSON.stringify({ ...run, requirements: rows })}\n`);
  else draw(run, rows);
  return rows.some((row) => row.owned && row.state === 'none') ? 1 : 0;
}

/** Empty when a test of this clause passed. */
function missingOf(one: Clause, titles: readonly Cited[]): string[] {
  if ('missing' in one) return [`${one.clause}: ${one.missing}`];
  const tests = titles.filter(({ title }) => title.includes(one.test));
  const passed = tests.length > 0 && tests.every((test) => test.passed);
  return passed ? [] : [`${one.clause}: no passing test`];
}

function citations(): { cited: Map<string, Cited[]>; titles: readonly Cited[] } {
  const report = JSON.parse(readFileSync(join(results, 'tests.json'), 'utf8')) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  const titles = report.testResults
    .flatMap((one) => one.assertionResults)
    .map(({ status, fullName }) => ({ title: fullName, passed: status === 'passed' }));
  const cited = new Map<string, Cited[]>();
  for (const test of titles) {
    for (const [, list] of test.title.matchAll(/\[((?:[A-Z]{3}-\d\d(?:, )?)+)\]/g)) {
      for (const id of (list ?? '').split(', ')) cited.set(id, [...(cited.get(id) ?? []), test]);
    }
  }
  return { cited, titles };
}

type Row = {
  id: string;
  plane: string;
  words: string;
  owned: boolean;
  state: 'none' | 'first form' | 'whole';
  /** Clauses without a passing test; empty too where nobody has taken the proof apart yet. */
  missing: readonly string[];
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
    const count = (state: Row['state']) => own.filter((row) => row.state === state).length;
    lines.push(
      `${plane}  ${count('whole')} whole · ${count('first form')} first form · ${count('none')} none, of ${own.length}`,
    );
    for (const row of own.filter((one) => one.state !== 'none' || one.owned)) {
      const mutants =
        row.mutants.length === 0 ? '' : ` · killed by mutant ${row.mutants.join(', ')}`;
      lines.push(
        `  ${row.state.padEnd(10)} ${row.id} ${row.words} (${row.tests.length} tests${mutants})`,
      );
      lines.push(...row.missing.map((one) => `             missing: ${one}`));
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

process.exitCode = main();
