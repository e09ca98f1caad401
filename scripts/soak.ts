import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeptLegs, killsOfLeg, legsOf } from './kill-legs.ts';

/** Campaigns too long for a CI run: the same tests, told to go on. Bounded by what it is asked for. */
const root = fileURLToPath(new URL('..', import.meta.url));

const help = `Long campaigns: thousands of kills under load, hours of fuzz.

Usage:
  bailiwick soak [--kills N] [--hostile-cases N] [--fuzz-minutes N] [--cedar-cases N]
                 [--api-cases N] [--no-strangers] [--seed N] [--anew]

Flags:
  --kills N          how often the gateway is killed under load (10000), in legs of ${killsOfLeg} with an
                     instance each, whose log is read whole at its end; a campaign that was cut
                     off goes on with the leg that it was in; with any, each call of the write
                     path to the system is failed once, too
  --anew             begin the kills anew, whatever was done of them
  --hostile-cases N  how many misbehaviours of tool servers and of clients are met (1000: all)
  --fuzz-minutes N   how long each parser is fuzzed (60)
  --cedar-cases N    how many random rules are asked beside the reference engine (1000000), after
                     all of the official corpus
  --api-cases N      how many requests are made up from the document of the API (100000), by us and,
                     one in 20000 for each operation and role, by schemathesis of PyPI
  --no-strangers     without the clients and servers of others, which are installed and make
                     docs/clients.md and docs/frameworks.md
  --seed N           the same seed brings the same campaign back

Examples:
  bailiwick soak
  bailiwick soak --kills 300 --fuzz-minutes 0 --cedar-cases 0
`;

interface Campaign {
  readonly name: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Nothing of it is asked for: it is left out. */
  readonly amount: number;
  /** What is done once it went well. */
  readonly kept?: () => void;
}

function killing(kills: number, seed: number, isAnew: boolean): readonly Campaign[] {
  const kept = new KeptLegs(join(root, '.runtime', 'soak', 'kills.json'), { kills, seed });
  const legs = legsOf({ kills, seed });
  const done = isAnew ? 0 : kept.done();
  if (done > 0) say(`${done} of ${legs.length} legs of ${kills} kills went well before\n`);
  return legs.slice(done).map((leg, at) => ({
    name: `${leg.kills} kills, leg ${done + at + 1} of ${legs.length}`,
    file: 'test/e2e/crash.test.ts',
    environment: {
      BAILIWICK_CRASH_ROUNDS: `${leg.kills}`,
      BAILIWICK_CRASH_SEED: `${leg.seed}`,
    },
    amount: leg.kills,
    kept: () => kept.keep(done + at + 1),
  }));
}

function cedar(cases: number, seed: number): readonly Campaign[] {
  return [
    {
      name: 'ten thousand decisions, again',
      file: 'src/dry-run/replayed.test.ts',
      environment: { BAILIWICK_DECISIONS: '10000' },
      amount: cases,
    },
    {
      name: 'the whole official Cedar corpus',
      file: 'src/adapters/policy-engine/cedar/compiled/official.test.ts',
      environment: { BAILIWICK_CEDAR_CORPUS_ONE_IN: '1' },
      amount: cases,
    },
    {
      name: `${cases} random Cedar rules asked`,
      file: 'src/adapters/policy-engine/cedar/compiled/differential.test.ts',
      environment: { BAILIWICK_CEDAR_CASES: `${cases}`, BAILIWICK_CEDAR_SEED: `${seed}` },
      amount: cases,
    },
  ];
}

function campaigns(args: readonly string[]): readonly Campaign[] {
  const kills = wholeNumber(args, '--kills', 10_000);
  const minutes = wholeNumber(args, '--fuzz-minutes', 60);
  const hostile = wholeNumber(args, '--hostile-cases', 1_000);
  const cases = wholeNumber(args, '--cedar-cases', 1_000_000);
  const requests = wholeNumber(args, '--api-cases', 100_000);
  const seed = wholeNumber(args, '--seed', 20_260);
  const all: Campaign[] = [
    ...killing(kills, seed, args.includes('--anew')),
    {
      name: 'each call of the write path to the system, failed once',
      file: 'src/storage/tiles/each-call-fails.test.ts',
      environment: { BAILIWICK_EACH_CALL: '1' },
      amount: kills,
    },
    ...misbehaviours(hostile, seed),
    {
      name: `fuzz, ${minutes} minutes a parser`,
      file: 'test/fuzz/parsers.test.ts',
      environment: { BAILIWICK_FUZZ_SECONDS: `${minutes * 60}`, BAILIWICK_FUZZ_SEED: `${seed}` },
      amount: minutes,
    },
    {
      name: `${requests} requests made up from the document of the API`,
      file: 'src/api/openapi.test.ts',
      environment: { BAILIWICK_API_FUZZ: `${requests}`, BAILIWICK_API_FUZZ_SEED: `${seed}` },
      amount: requests,
    },
    ...fuzzerOfOthers(requests, seed, args.includes('--no-strangers')),
    ...cedar(cases, seed),
  ];
  const strangers = { BAILIWICK_STRANGERS: 'all' };
  const amount = args.includes('--no-strangers') ? 0 : 1;
  for (const [name, file] of [
    ['every client before every server', 'test/servers/matrix.test.ts'],
    ['servers that npx and uvx download', 'test/servers/launched.test.ts'],
    ['every client, refused and going on', 'test/clients/clients.test.ts'],
    ['a chat of Python, sent to a page', 'test/clients/asked-page.test.ts'],
    ['the whole conformance suite, both faces', 'test/conformance/official.test.ts'],
    ['every framework, driven by a script', 'test/frameworks/frameworks.test.ts'],
    ['people of a real Keycloak, and of SAML behind it', 'test/keycloak/keycloak.test.ts'],
    ['our witness client before the real litewitness', 'test/conformance/litewitness.test.ts'],
    ['our archive before a real store with Object Lock', 'test/conformance/versitygw.test.ts'],
    ['our Parquet before DuckDB', 'test/conformance/duckdb.test.ts'],
    ['our log before the real fsck of Tessera', 'test/conformance/tessera-fsck.test.ts'],
    ['our spans and records before the real collector', 'test/conformance/otel-collector.test.ts'],
    ['our records before the real rsyslog', 'test/conformance/rsyslog.test.ts'],
  ] as const) {
    all.push({ name, file, environment: strangers, amount });
  }
  return all.filter(({ amount: asked }) => asked > 0);
}

/** Everybody behaves as badly as we know how, and phases soften nothing but what they may. */
function misbehaviours(amount: number, seed: number): readonly Campaign[] {
  const cases = { BAILIWICK_HOSTILE_CASES: `${amount}`, BAILIWICK_HOSTILE_SEED: `${seed}` };
  const runs = { BAILIWICK_PHASE_RUNS: `${amount}`, BAILIWICK_PHASE_SEED: `${seed}` };
  return [
    [`${amount} misbehaviours of tool servers`, 'test/e2e/hostile.test.ts', cases] as const,
    ['clients that leave at every step', 'test/e2e/leaving.test.ts', cases] as const,
    ['phases before every danger', 'src/gateway/phase.test.ts', runs] as const,
  ].map(([name, file, environment]) => ({ name, file, environment, amount }));
}

/** It asks some sixty times as often for each role and tenant as it makes up requests for an operation. */
function fuzzerOfOthers(requests: number, seed: number, isLeftOut: boolean): readonly Campaign[] {
  const examples = Math.max(1, Math.ceil(requests / 20_000));
  return [
    {
      name: `schemathesis, ${examples} made-up requests an operation and role`,
      file: 'test/conformance/schemathesis.test.ts',
      environment: {
        BAILIWICK_STRANGERS: 'all',
        BAILIWICK_API_EXAMPLES: `${examples}`,
        BAILIWICK_API_FUZZ_SEED: `${seed}`,
      },
      amount: isLeftOut ? 0 : requests,
    },
  ];
}

function wholeNumber(args: readonly string[], flag: string, usual: number): number {
  const at = args.indexOf(flag);
  if (at < 0) return usual;
  const value = Number(args[at + 1]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`bailiwick soak: ${flag} takes a whole number\n  see --help\n`);
  process.exit(4);
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return say(help);
  let failed = 0;
  for (const { name, file, environment, kept } of campaigns(args)) {
    say(`${name}: ${file}\n`);
    const code = await run(file, environment);
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}\n`);
    if (code !== 0) failed += 1;
    // A leg that failed is met again, and those behind it.
    if (failed === 0) kept?.();
  }
  return failed;
}

function run(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('vitest', ['run', file], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exitCode = await main();
