import { parseArgs } from 'node:util';
import { rowKinds } from './rows.ts';

export const help = `Measures the product beside a bare parsing proxy and the MCP SDK's echo server, in one run.
Rows take turns in every round; told are the middle round and, in brackets, the lowest and highest.

Usage:
  bailiwick bench [--only ROW,…] [--connections N,…] [--rounds N] [--seconds N] [--quick] [-o json]

Rows:
${rowKinds.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}

Examples:
  bailiwick bench --quick
  bailiwick bench --only bare,bearer,mtls --connections 32 --rounds 3 --seconds 2
  bailiwick bench --only bare,flush,bearer --connections 1 -o json
`;

export interface Options {
  readonly help: boolean;
  readonly json: boolean;
  /** Names of rows; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

export class WrongOption extends Error {}

const quick = { rounds: 1, seconds: 1 };
const usual = { rounds: 5, seconds: 2 };

export function optionsOf(argv: readonly string[]): Options {
  const { values } = parse(argv);
  const preset = values.quick ? quick : usual;
  return {
    help: values.help,
    json: values.output === 'json',
    only: values.only === undefined ? undefined : namesOf(values.only),
    connections: values.connections.split(',').map((text) => positive('--connections', text)),
    rounds: values.rounds === undefined ? preset.rounds : positive('--rounds', values.rounds),
    seconds: values.seconds === undefined ? preset.seconds : positive('--seconds', values.seconds),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        output: { type: 'string', short: 'o', default: 'text' },
        only: { type: 'string' },
        connections: { type: 'string', default: '1,32,256' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new WrongOption(error instanceof Error ? error.message : String(error));
  }
}

function namesOf(text: string): string[] {
  const names = text.split(',');
  const known = new Set(rowKinds.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new WrongOption(`there is no row ${unknown.join(', ')}; --help lists them`);
  }
  return names;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new WrongOption(`${flag} wants a number above 0, not ${text}`);
  return value;
}
