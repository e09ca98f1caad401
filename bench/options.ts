import { parseArgs } from 'node:util';
import { measures } from './measure.ts';
import { rowKinds } from './rows.ts';

function listed(all: readonly { readonly name: string; readonly what: string }[]): string {
  return all.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n');
}

export const help = `Measures the product beside a bare parsing proxy and the MCP SDK's echo server, in one run.
Rows take turns in every round; told are the middle round and, in brackets, the lowest and highest.

Usage:
  bailiwick bench [--only NAME,…] [--connections N,…] [--rounds N] [--seconds N] [--quick]
                  [--minutes N] [--records N] [--write FILE] [-o json]
  bailiwick bench --profile FOLDER [--only bearer,mtls,dpop] [--connections N,…] [--seconds N]

Rows of calls:
${listed(rowKinds)}

Beside them:
${listed(measures)}

Names go to --only. Of the rows those that it names are run at the connections that they have; --quick runs
what the goals need, once and shortly. A gateway for \`load\` is under full load for --minutes; the log that
\`start\` starts again from holds --records. --write puts what is told into a file, between its marks.

Examples:
  bailiwick bench --quick
  bailiwick bench --only bare,bearer,mtls --connections 32 --rounds 3 --seconds 2
  bailiwick bench --only bare,flush,bearer --connections 1 -o json
  bailiwick bench --only start --records 1000000
  bailiwick bench --only load --minutes 10
  bailiwick bench --write docs/bench.md
  bailiwick bench --profile /tmp/profile --only bearer --connections 32 --seconds 5
`;

export interface Options {
  readonly help: boolean;
  readonly json: boolean;
  /** Names of rows and measures. */
  readonly only: readonly string[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  /** Seconds for each row, before anything is measured. */
  readonly warmUp: number;
  /** Calls for each row, before anything is measured, within four times as long. */
  readonly warmCalls: number;
  readonly minutes: number;
  readonly records: number;
  /** The file whose marked part becomes what this run tells. */
  readonly write: string | undefined;
  /** Where profiles go; with it nothing else is measured. */
  readonly profile: string | undefined;
}

export class WrongOption extends Error {}

const all = [...rowKinds, ...measures].map(({ name }) => name);

const usual = {
  only: all,
  rounds: 5,
  seconds: 2,
  warmUp: 5,
  warmCalls: 20_000,
  minutes: 1,
  records: 20_000,
};

/** What the goals need, and no more. */
const quick = {
  only: ['bare', 'flush', 'sdk', 'bearer', 'mtls', 'dpop', 'gateways-2', 'worker', 'load', 'start'],
  rounds: 1,
  seconds: 1,
  warmUp: 2,
  warmCalls: 0,
  minutes: 0.1,
  records: 2_000,
};

export function optionsOf(argv: readonly string[]): Options {
  const { values } = parse(argv);
  const preset = values.quick ? quick : usual;
  const number = (flag: 'rounds' | 'seconds' | 'minutes' | 'records') => {
    const text = values[flag];
    return text === undefined ? preset[flag] : positive(`--${flag}`, text);
  };
  return {
    help: values.help,
    json: values.output === 'json',
    only: values.only === undefined ? preset.only : namesOf(values.only),
    connections: (values.connections ?? usualConnections(values.profile))
      .split(',')
      .map((text) => positive('--connections', text)),
    rounds: number('rounds'),
    seconds: number('seconds'),
    warmUp: preset.warmUp,
    warmCalls: preset.warmCalls,
    minutes: number('minutes'),
    records: number('records'),
    write: values.write,
    profile: values.profile,
  };
}

/** A profile of more than needed takes long to read. */
function usualConnections(profile: string | undefined): string {
  return profile === undefined ? '1,32,256' : '1,32';
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        output: { type: 'string', short: 'o', default: 'text' },
        only: { type: 'string' },
        connections: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        minutes: { type: 'string' },
        records: { type: 'string' },
        write: { type: 'string' },
        profile: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new WrongOption(error instanceof Error ? error.message : String(error));
  }
}

function namesOf(text: string): string[] {
  const names = text.split(',');
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new WrongOption(`there is nothing called ${unknown.join(', ')}; --help lists them`);
  }
  return names;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new WrongOption(`${flag} wants a number above 0, not ${text}`);
  return value;
}
