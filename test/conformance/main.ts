import { installStrangers } from '../clients/strangers.ts';
import { allSets, type Row, rowOf, type Set } from './sets.ts';
import type { Checks } from './suite.ts';

const help = `The official MCP conformance suite, directly and through the gateway, and what is lost on the way.

Usage:
  bailiwick conformance [--only SET]... [--direct] [-o json]

Flags:
  --only SET   one set, several times for several: ${allSets()
    .map(({ name }) => name)
    .join(', ')}
  --direct     only the suite's server as it is, without the gateway
  -o json      what was found, for programs

A check that is lost needs a reason in test/conformance/baseline.yaml; a reason that is not needed any more
fails too. Exit codes: 0 nothing lost but what is written down, 1 something is, 4 usage, 5 it could not run.

Examples:
  bailiwick conformance
  bailiwick conformance --only server-2026-07-28 -o json
`;

interface Options {
  readonly sets: readonly Set[];
  readonly direct: boolean;
  readonly json: boolean;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === 'number') return options;
  const missing = await installStrangers();
  if (missing !== undefined) {
    process.stderr.write(
      `bailiwick conformance: ${missing}\n  check the network and npm's settings\n`,
    );
    return 5;
  }
  return options.direct ? await directly(options) : await through(options);
}

function optionsOf(args: readonly string[]): Options | number {
  const only: string[] = [];
  let direct = false;
  let json = false;
  for (let at = 0; at < args.length; at += 1) {
    const flag = args[at];
    if (flag === '--help' || flag === '-h') {
      process.stdout.write(help);
      return 0;
    } else if (flag === '--direct') direct = true;
    else if (flag === '-o' && args[at + 1] === 'json') {
      json = true;
      at += 1;
    } else if (flag === '--only' && allSets().some(({ name }) => name === args[at + 1])) {
      only.push(args[at + 1] ?? '');
      at += 1;
    } else {
      process.stderr.write(`bailiwick conformance: \`${flag}\` is not understood\n  see --help\n`);
      return 4;
    }
  }
  const sets = allSets().filter(({ name }) => only.length === 0 || only.includes(name));
  return { sets, direct, json };
}

async function through({ sets, json }: Options): Promise<number> {
  const rows: Row[] = [];
  for (const set of sets) {
    const row = await rowOf(set);
    rows.push(row);
    if (!json) process.stdout.write(drawn(row));
  }
  if (json) process.stdout.write(`${JSON.stringify({ sets: rows })}\n`);
  return rows.every(({ lost, stale }) => lost.length === 0 && stale.length === 0) ? 0 : 1;
}

async function directly({ sets, json }: Options): Promise<number> {
  const found: { set: string; good: number; failed: string[] }[] = [];
  for (const { name, direct } of sets.filter(({ name: one }) => one.startsWith('server-'))) {
    const checks: Checks = await direct();
    const named = [...checks];
    const failed = named.filter(([, { verdict }]) => verdict === 'FAILURE').map(([check]) => check);
    const good = named.filter(([, { verdict }]) => verdict === 'SUCCESS').length;
    found.push({ set: name, good, failed });
    if (!json) process.stdout.write(`${name}: ${good} good, ${failed.length} failed\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ direct: found })}\n`);
  return 0;
}

function drawn({ set, good, excused, lost, stale, seconds }: Row): string {
  const verdict = lost.length + stale.length === 0 ? 'ok  ' : 'FAIL';
  const head = `${verdict} ${set.padEnd(32)} ${good} good, ${excused.length} lost with a reason, ${lost.length} lost, ${stale.length} stale (${seconds.toFixed(0)} s)`;
  const lines = [
    ...lost.map(
      ({ check, direct, through: now, why }) =>
        `       lost: ${check}: ${direct} -> ${now}: ${why}`,
    ),
    ...stale.map(
      (check) => `       stale: ${check} is not lost any more: take it out of the baseline`,
    ),
  ];
  return [head, ...lines, ''].join('\n');
}

process.exitCode = await main();
