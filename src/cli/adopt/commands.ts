import { readFileSync, realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { connectOptions, entryName, type Snippet, snippetFor } from '../../../sdk/connect/index.ts';
import { type Command, type CommandInput, textFlag, usage, word } from '../command.ts';
import { launcherOf } from '../connect/commands.ts';
import { whole } from '../output.ts';
import { adopt } from './adopt.ts';
import { clientOf, readClientFile } from './client-file.ts';
import { doneText, doneView } from './done-text.ts';
import { findKept } from './kept.ts';
import { planFor } from './plan.ts';
import { planText, planView } from './plan-text.ts';
import { undo } from './undo.ts';

export const adoptFile: Command = {
  name: 'adopt',
  summary:
    'Takes over the MCP servers of a client: documents instead of its entries, secrets into the vault, one bridge.',
  words: 'FILE',
  flags: {
    'dry-run': { type: 'boolean', help: 'show what would be done, and do nothing' },
    undo: { type: 'boolean', help: 'give FILE back as it was, and take out what was made' },
    force: { type: 'boolean', help: 'with --undo: also what was changed since' },
    agent: { type: 'string', value: 'NAME', help: 'who the client becomes (default: the client)' },
    owner: { type: 'string', value: 'WHO', help: 'who answers for it (default: you)' },
    wait: { type: 'string', value: 'SECONDS', help: 'for the tools of a server (default 90)' },
  },
  examples: [
    'bailiwick adopt ~/.config/Claude/claude_desktop_config.json --dry-run',
    'bailiwick adopt .vscode/mcp.json --agent editor --owner maria@example.com',
    'bailiwick adopt .vscode/mcp.json --undo',
  ],
  run: (input) => (input.flags['undo'] === true ? undoFile(input) : adoptOrShow(input)),
};

async function adoptOrShow(input: CommandInput): Promise<void> {
  const path = pathOf(word(adoptFile, input, 0, 'FILE'));
  const bytes = readFileSync(path);
  const file = readClientFile(bytes);
  const client = clientOf(path, file);
  const agent = textFlag(input, 'agent') ?? (client === 'generic' ? 'client' : client);
  const waitMs = waitOf(input);
  const { request, env, home, out } = input;
  const isDry = input.flags['dry-run'] === true;
  // Who only looks is asked nothing.
  const ask = isDry ? undefined : input.ask;
  const plan = await planFor(file, path, { request, env, userHome: homedir(), ask });
  if (isDry || plan.servers.length === 0) {
    return out.print(planView(plan), () => planText(plan, path));
  }
  const snippet = snippetOf(input, agent, client);
  const owner = textFlag(input, 'owner') ?? userInfo().username;
  const bridge = { name: entryName, value: entryIn(snippet) };
  const say = (line: string): void => input.note(`${whole(line)}\n`);
  const parts = { request, say, waitMs };
  const done = await adopt({ path, bytes, file, plan, agent, owner, home, bridge }, parts);
  out.print(doneView(done, snippet), () => doneText(done, { path, agent, snippet }));
}

async function undoFile(input: CommandInput): Promise<number> {
  const { words, home, request, out } = input;
  const [given] = words;
  const [kept, another] = findKept(home, given === undefined ? undefined : pathOf(given));
  if (kept === undefined) throw usage(adoptFile, 'nothing is adopted that could be undone');
  if (given === undefined && another !== undefined && another.file !== kept.file) {
    throw usage(adoptFile, `several files are adopted; name one of them, such as ${kept.file}`);
  }
  const done = await undo(kept, { request, isForced: input.flags['force'] === true });
  const view = {
    ...done,
    aside: done.aside ?? null,
    stays: [...done.stays],
    done: done.stays.length === 0,
  };
  out.print(view, () =>
    [
      `${done.file} is as it was before${done.stays.length === 0 ? '' : ', but it is not all undone'}`,
      ...(done.aside === undefined ? [] : [`what stood there is in ${done.aside}`]),
      ...done.stays.map((one) => `stays: ${whole(one)}`),
      ...(done.stays.length === 0
        ? ['what was made for it is taken out, its secrets too']
        : [again]),
    ].join('\n'),
  );
  return done.stays.length === 0 ? 0 : 1;
}

const again =
  'look at what stays, then say the same again (`--force` takes out also what was changed)';

function pathOf(given: string): string {
  try {
    return realpathSync(resolve(given));
  } catch {
    throw new BailiwickError('cli/usage', {
      message: `there is no file ${given}`,
      suggestedAction: 'name the file in which your client keeps its MCP servers',
    });
  }
}

function waitOf(input: CommandInput): number {
  const seconds = textFlag(input, 'wait') ?? '90';
  if (!/^[1-9]\d{0,3}$/.test(seconds)) throw usage(adoptFile, '`--wait` takes whole seconds');
  return Number(seconds) * 1_000;
}

function snippetOf(
  { flags, dataFolder, home, env }: CommandInput,
  agent: string,
  client: string,
): Snippet {
  const given = {
    data: dataFolder,
    home,
    agent,
    client: client === 'generic' ? 'default' : client,
  };
  const { control: _, gateway: __, ...options } = connectOptions({ ...given, ...pick(flags) }, env);
  return snippetFor(client, launcherOf({ ...options, control: undefined, gateway: undefined }));
}

function pick(flags: CommandInput['flags']): { agent?: string } {
  return typeof flags['agent'] === 'string' ? { agent: flags['agent'] } : {};
}

/** The one member that the snippet shows. */
function entryIn({ text }: Snippet): JsonObject {
  const [servers] = Object.values(parseJson(Buffer.from(text)) as JsonObject);
  return (servers as JsonObject)[entryName] as JsonObject;
}
