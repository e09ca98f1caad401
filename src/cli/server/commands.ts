import type { JsonObject } from '#kernel/json/value.ts';
import {
  listFlag,
  reasonIfAny,
  reasonOf,
  textFlag,
  usage,
  word,
  type Command,
  type CommandInput,
} from '../command.ts';
import { cell, objects, table } from '../output.ts';

export const serverAdd: Command = {
  name: 'server add',
  summary: 'Connects a tool server: by URL, or by a command that speaks MCP over stdio.',
  words: 'NAME [-- COMMAND ARG...]',
  flags: {
    url: { type: 'string', value: 'URL', help: 'a Streamable HTTP endpoint' },
    'first-seen': { type: 'boolean', help: 'approve what it shows first (evaluation; shows red)' },
    stateless: { type: 'boolean', help: 'one process for everybody instead of one per instance' },
    untrusted: { type: 'boolean', help: 'its results carry text that others wrote (the usual)' },
    trusted: { type: 'boolean', help: 'its results carry nothing that others wrote' },
    secret: { type: 'string', value: 'NAME', help: 'the vault secret to lend to it' },
    header: {
      type: 'string',
      value: 'NAME',
      help: 'lend it in this header (default Authorization)',
    },
    variable: { type: 'string', value: 'NAME', help: 'lend it in this environment variable' },
    read: {
      type: 'string',
      multiple: true,
      value: 'TOOL',
      help: 'this tool only reads (repeatable)',
    },
    reason: reasonIfAny,
  },
  examples: [
    'bailiwick server add billing --url http://127.0.0.1:9101/mcp --secret billing-key --read get_invoice',
    'bailiwick server add files --untrusted -- npx -y @modelcontextprotocol/server-filesystem /srv/docs',
  ],
  async run(input) {
    const name = word(serverAdd, input, 0, 'NAME');
    const answer = await input.request('POST', '/v1/documents', {
      kind: 'ToolServer',
      name,
      spec: serverSpec(input),
      ...reasonOf(input),
    });
    input.out.print(
      answer,
      () => `tool server ${cell(answer['name'])} is connected; see \`bailiwick tool list\``,
    );
  },
};

function serverSpec(input: CommandInput): JsonObject {
  const [, command, ...args] = input.words;
  const url = textFlag(input, 'url');
  if ((url === undefined) === (command === undefined)) {
    throw usage(serverAdd, 'give `--url URL`, or a command after `--`');
  }
  const secret = textFlag(input, 'secret');
  const reads = listFlag(input, 'read');
  return {
    connect: url === undefined ? { command: command ?? '', args } : { url },
    ...(input.flags['first-seen'] === true ? { pin: 'first-seen' } : {}),
    ...(input.flags['stateless'] === true ? { shared: 'stateless' } : {}),
    ...labelsSpec(input),
    ...(secret === undefined ? {} : { credential: credentialSpec(input, secret) }),
    ...(reads.length === 0
      ? {}
      : { tools: Object.fromEntries(reads.map((tool) => [tool, { effect: 'read' }])) }),
  };
}

/** Without a word results count as untrusted: the document says it, so that whoever reads it sees it. */
function labelsSpec(input: CommandInput): JsonObject {
  const trusted = input.flags['trusted'] === true;
  if (trusted && input.flags['untrusted'] === true) {
    throw usage(serverAdd, 'give `--trusted` or `--untrusted`, not both');
  }
  return { results: { labels: trusted ? [] : ['untrusted'] } };
}

function credentialSpec(input: CommandInput, secret: string): JsonObject {
  const variable = textFlag(input, 'variable');
  if (variable !== undefined) return { secret, environment: variable };
  const header = textFlag(input, 'header');
  return header === undefined
    ? { secret, header: 'Authorization', prefix: 'Bearer ' }
    : { secret, header };
}

export const serverList: Command = {
  name: 'server list',
  summary: 'Lists the tool servers that are configured.',
  words: '',
  flags: {},
  examples: ['bailiwick server list'],
  async run({ out, request }) {
    const answer = await request('GET', '/v1/documents?kind=ToolServer');
    out.print(answer, () =>
      table(
        ['NAME', 'CONNECT', 'PIN', 'OWNER', 'VERSION'],
        objects(answer['documents']).map(({ name, spec, owner, version }) => {
          const connect = (spec as JsonObject)['connect'] as JsonObject;
          return [
            cell(name),
            cell(connect['url'] ?? connect['command']),
            cell((spec as JsonObject)['pin'] ?? 'review'),
            cell(owner),
            cell(version),
          ];
        }),
      ),
    );
  },
};

export const manifestAdd: Command = {
  name: 'manifest add',
  summary: 'Declares exactly which tools an agent may use. No wildcards.',
  words: 'NAME',
  flags: {
    tool: {
      type: 'string',
      multiple: true,
      value: 'SERVER/TOOL',
      help: 'a tool (repeatable, required)',
    },
    sensitivity: {
      type: 'string',
      value: 'LEVEL',
      help: 'public, internal or sensitive (default internal)',
    },
    reason: reasonIfAny,
  },
  examples: ['bailiwick manifest add support --tool crm/get_customer --tool tickets/reply'],
  async run(input) {
    const tools = listFlag(input, 'tool');
    if (tools.length === 0) throw usage(manifestAdd, '`--tool` is required');
    const sensitivity = textFlag(input, 'sensitivity');
    const answer = await input.request('POST', '/v1/documents', {
      kind: 'Manifest',
      name: word(manifestAdd, input, 0, 'NAME'),
      spec: {
        tools: tools.map((tool) => ({ tool })),
        ...(sensitivity === undefined ? {} : { sensitivity }),
      },
      ...reasonOf(input),
    });
    input.out.print(answer, () => `manifest ${cell(answer['name'])} names ${tools.length} tools`);
  },
};

export const secretSet: Command = {
  name: 'secret set',
  summary: 'Puts a secret into the vault. It is read from standard input and never shown again.',
  words: 'NAME',
  flags: { reason: reasonIfAny },
  examples: ['bailiwick secret set billing-key < key.txt'],
  async run(input) {
    const name = word(secretSet, input, 0, 'NAME');
    const value = (await input.readStdin()).replace(/\r?\n$/, '');
    const answer = await input.request('PUT', `/v1/secrets/${encodeURIComponent(name)}`, {
      value,
      ...reasonOf(input),
    });
    input.out.print(
      answer,
      () =>
        `secret ${cell(answer['name'])} is at version ${cell(answer['version'])}${named(answer)}`,
    );
  },
};

/** A secret that no document names is lent to nobody, which is usually a misspelt name. */
function named({ name, namedBy, missing }: JsonObject): string {
  const lacks = Array.isArray(missing) ? missing.map((one) => `\`${cell(one)}\``).join(', ') : '';
  const still = lacks === '' ? '' : `; missing: ${lacks}`;
  const isNamed = !Array.isArray(namedBy) || namedBy.length > 0;
  return isNamed ? still : `; no document names \`${cell(name)}\`${still}`;
}
