import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BailiwickError } from '#kernel/errors.ts';

export interface DemoOptions {
  /** Undefined: a folder of its own that is removed at the end. */
  readonly data: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

export const demoHelp = `Plays the demo: a scripted agent of a small company, allowed, refused, held and stopped.

It starts an instance of its own on free ports of this machine, needs no model and no network, and
ends everything that it started.

Usage:
  bailiwick demo [flags]
  bailiwick demo tamper    rewrites history under the real key, and shows what finds it

Flags:
  --data DIR   a new or empty folder; state and log stay there, the keys beside it in DIR-keys
  -o json      one JSON line for each scene, one at the end
  -h, --help   this text

Examples:
  bailiwick demo
  bailiwick demo -o json
  bailiwick demo --data ./demo-data && bailiwick audit verify --data ./demo-data

Exit code: 0 when every scene went as told, 1 otherwise.
`;

export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { values } = readFlags(argv);
  if (values.output !== undefined && values.output !== 'json') throw usage('`-o` takes json');
  const data = values.data === undefined ? undefined : resolve(values.data);
  for (const folder of data === undefined ? [] : [data, `${data}-keys`]) {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw usage(`the folder \`${folder}\` is not empty`, 'name a new one: the demo starts anew');
    }
  }
  return { data, json: values.output === 'json', help: values.help === true };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (fault) {
    throw usage(fault instanceof Error ? fault.message : 'unknown flag');
  }
}

function usage(message: string, suggestedAction = 'read `bailiwick demo --help`'): BailiwickError {
  return new BailiwickError('cli/usage', { message, suggestedAction });
}
