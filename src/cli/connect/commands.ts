import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bridgeProcess,
  clientNames,
  connectFlags,
  connectOptions,
  type ConnectOptions,
  type Launcher,
  type Snippet,
  snippetFor,
} from '../../../sdk/connect/index.ts';
import type { Command, CommandInput } from '../command.ts';
import { objects } from '../output.ts';
import { everyOf } from '../every-of.ts';

export const connect: Command = {
  name: 'connect',
  summary: 'Bridges a client that starts MCP servers by a command to the gateway, as an agent.',
  words: '',
  flags: {
    ...connectFlags,
    print: { ...connectFlags.print, help: `${connectFlags.print.help}: ${clientNames.join(', ')}` },
  },
  examples: [
    'bailiwick connect --agent support --print claude-code',
    'bailiwick connect --agent support --client claude-code',
    'bailiwick connect --agent support --enrol --join-token-file token.txt',
  ],
  async run(input) {
    const { flags, out, env, dataFolder } = input;
    const options = connectOptions({ ...flags, data: dataFolder }, env);
    if (options.print === undefined) return bridgeProcess(options);
    await tellIfNobody(input, options);
    const snippet = snippetFor(options.print, launcherOf({ ...options, client: options.print }));
    out.print({ ...snippet, files: [...snippet.files] }, () => snippetText(snippet));
  },
};

/** What is printed may be meant for later, or for another instance: only what control surely says is told. */
async function tellIfNobody({ request, note }: CommandInput, options: ConnectOptions) {
  const { agent } = options;
  const answer = await everyOf(request, '/v1/agents', 'agents').catch(() => undefined);
  if (answer === undefined) return;
  if (objects(answer['agents']).some(({ name }) => name === agent)) return;
  note(
    `there is no agent \`${agent}\` yet, and what is printed is refused until there is: bailiwick agent add ${agent} --owner WHO --purpose TEXT --manifest NAME\n`,
  );
}

/** The launcher of this very installation, with what leads from any folder to this instance. */
export function launcherOf(options: ConnectOptions): Launcher {
  const { agent, client, server, control, gateway, ca } = options;
  const named = { agent, client, server, control, gateway, ca, ...elsewhere(options) };
  const words = Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value],
  );
  return { command: launcher, args: ['connect', ...words] };
}

const launcher = fileURLToPath(new URL('../../../bailiwick', import.meta.url));

/** Folders that a start without flags would not find. */
function elsewhere({ home, data }: ConnectOptions): { home?: string; data?: string } {
  const usual = join(homedir(), '.bailiwick');
  return {
    ...(home === usual ? {} : { home }),
    ...(data === join(home, 'data') ? {} : { data }),
  };
}

export function snippetText({ title, files, text, next }: Snippet): string {
  const where = files.map((file) => `  ${file}`);
  return [`For ${title}, in`, ...where, '', text.trimEnd(), '', next].join('\n');
}
