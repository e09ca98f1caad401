import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { usageProblem } from './problem.ts';

/** One flag, as the command line shows it. */
interface ConnectFlag {
  readonly type: 'string' | 'boolean';
  readonly value?: string;
  readonly help: string;
}

export const connectFlags = {
  agent: { type: 'string', value: 'NAME', help: 'who the client acts as (required)' },
  client: {
    type: 'string',
    value: 'LABEL',
    help: 'an instance of its own for each client, so that one can be revoked (default default)',
  },
  server: { type: 'string', value: 'NAME', help: 'one tool server alone, under its own names' },
  print: {
    type: 'string',
    value: 'CLIENT',
    help: 'print what to write into the configuration of CLIENT, and where; nothing is started',
  },
  enrol: { type: 'boolean', help: 'enrol, keep the key, and end: for a client that starts later' },
  'join-token-file': {
    type: 'string',
    value: 'FILE',
    help: 'the join token to enrol with, once (or $BAILIWICK_JOIN_TOKEN, or --join-token)',
  },
  'join-token': { type: 'string', value: 'TOKEN', help: 'the same, where nobody looks on' },
  control: {
    type: 'string',
    value: 'URL',
    help: 'the control program (default: what runs on --data)',
  },
  gateway: { type: 'string', value: 'URL', help: 'the gateway (default: what runs on --data)' },
  ca: { type: 'string', value: 'FILE', help: 'the certificate to believe of a gateway by https' },
  home: { type: 'string', value: 'DIR', help: 'where keys are kept (default ~/.bailiwick)' },
} as const satisfies Readonly<Record<string, ConnectFlag>>;

export interface ConnectOptions {
  readonly agent: string;
  readonly client: string;
  readonly server: string | undefined;
  readonly print: string | undefined;
  readonly enrol: boolean;
  readonly joinToken: { readonly token: string } | { readonly file: string } | undefined;
  readonly control: string | undefined;
  readonly gateway: string | undefined;
  readonly ca: string | undefined;
  readonly home: string;
  readonly data: string;
}

type Given = Readonly<Record<string, unknown>>;
type Env = Readonly<Record<string, string | undefined>>;

export function parseConnect(argv: readonly string[], env: Env): ConnectOptions {
  const options = Object.fromEntries(
    Object.entries({ ...connectFlags, data: { type: 'string' as const } }).map(
      ([name, { type }]) => [name, { type }],
    ),
  );
  try {
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: false });
    return connectOptions(values, env);
  } catch (fault) {
    if (fault instanceof Error && 'suggestedAction' in fault) throw fault;
    throw usageProblem(fault instanceof Error ? fault.message : 'unknown flag');
  }
}

const nameForm = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export function connectOptions(given: Given, env: Env): ConnectOptions {
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  const agent = text('agent');
  if (agent === undefined) throw usageProblem('`--agent` is required');
  const client = text('client') ?? 'default';
  for (const [flag, value] of Object.entries({ agent, client, server: text('server') })) {
    if (value === undefined || nameForm.test(value)) continue;
    throw usageProblem(`\`--${flag}\` takes a name of a-z, 0-9 and -`);
  }
  const home = resolve(text('home') ?? env['BAILIWICK_HOME'] ?? join(homedir(), '.bailiwick'));
  return {
    agent,
    client,
    server: text('server'),
    print: text('print'),
    enrol: given['enrol'] === true,
    joinToken: joinTokenOf(text, env),
    control: text('control') ?? env['BAILIWICK_URL'],
    gateway: text('gateway') ?? addressIn(env['BAILIWICK_GATEWAY']),
    ca: text('ca'),
    home,
    data: resolve(text('data') ?? env['BAILIWICK_DATA'] ?? join(home, 'data')),
  };
}

function joinTokenOf(
  text: (name: string) => string | undefined,
  env: Env,
): ConnectOptions['joinToken'] {
  const token = text('join-token') ?? env['BAILIWICK_JOIN_TOKEN'];
  const file = text('join-token-file');
  if (file !== undefined) return { file: resolve(file) };
  return token === undefined ? undefined : { token };
}

const printing = /^(?:-h|--help|--print(?:=.*)?)$/;

/** Whether these words start no bridge. */
export function onlyPrints(argv: readonly string[]): boolean {
  return argv.some((word) => printing.test(word));
}

export function connectHelp(): string {
  const rows = Object.entries(connectFlags).map(([name, flag]) => {
    const { value, help } = flag as ConnectFlag;
    return `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(26)} ${help}`;
  });
  return ['Usage: bailiwick connect --agent NAME [flags]', '', ...rows, ''].join('\n');
}

/** To `up` the same variable says where it listens, such as `127.0.0.1:7080`: that is no address of a gateway. */
function addressIn(text: string | undefined): string | undefined {
  return text?.includes('://') === true ? text : undefined;
}
