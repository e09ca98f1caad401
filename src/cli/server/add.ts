import { setTimeout as pause } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';
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
import { cell, objects, textOf, whole } from '../output.ts';
import { everyOf } from '../every-of.ts';

const usualWaitS = 90;
/** Each look is on record, so what takes long is looked at less and less often. */
const pollMs = 500;
const slowestMs = 5_000;
const slower = 1.5;
const unknownMs = 10_000;

export const serverAdd: Command = {
  name: 'server add',
  summary:
    'Connects a tool server, by URL or by a command that speaks MCP over stdio, tries it and says what it shows.',
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
    query: {
      type: 'string',
      value: 'NAME',
      help: 'lend it in this member of the query of the URL',
    },
    variable: { type: 'string', value: 'NAME', help: 'lend it in this environment variable' },
    plain: {
      type: 'string',
      multiple: true,
      value: 'HEADER=VALUE',
      help: 'a header of every request, which is no secret (repeatable)',
    },
    read: {
      type: 'string',
      multiple: true,
      value: 'TOOL',
      help: 'this tool only reads (repeatable)',
    },
    write: {
      type: 'string',
      multiple: true,
      value: 'TOOL',
      help: 'this tool writes: what nobody says is refused where it shows a sign of it (repeatable)',
    },
    replace: {
      type: 'boolean',
      help: 'where a server has this name already: this takes its place',
    },
    wait: {
      type: 'string',
      value: 'SECONDS',
      help: `how long to wait for it (default ${usualWaitS}; 0 does not try it)`,
    },
    reason: reasonIfAny,
  },
  examples: [
    'bailiwick server add billing --url http://127.0.0.1:9101/mcp --secret billing-key --read get_invoice',
    'bailiwick server add files --untrusted -- npx -y @modelcontextprotocol/server-filesystem /srv/docs',
  ],
  async run(input) {
    const name = word(serverAdd, input, 0, 'NAME');
    const spec = serverSpec(input);
    const waitMs = waitOf(input);
    const body = { kind: 'ToolServer', name, spec, ...reasonOf(input) };
    if (input.flags['replace'] !== true) await checkFree(input, name);
    const added = await input.request('POST', '/v1/documents', body);
    if (waitMs === 0) {
      input.out.print(added, () => `${cell(added['name'])} is configured, and was not tried`);
      return 0;
    }
    const seen = await untilTried(input, name, waitMs);
    input.out.print({ ...added, ...seen }, () => triedText(name, seen));
    return seen['state'] === 'up' ? 0 : 1;
  },
};

/** Nobody loses what they set up by a name that was taken. */
async function checkFree({ request }: CommandInput, name: string): Promise<void> {
  const { documents } = await everyOf(request, '/v1/documents?kind=ToolServer', 'documents');
  if (!objects(documents).some((one) => one['name'] === name)) return;
  throw new BailiwickError('store/conflict', {
    message: `there is a tool server \`${cell(name)}\` already; nothing was changed`,
    suggestedAction: 'give another name, or `--replace` to put this in its place',
  });
}

function waitOf(input: CommandInput): number {
  const given = textFlag(input, 'wait') ?? String(usualWaitS);
  if (!/^\d{1,4}$/.test(given)) throw usage(serverAdd, '`--wait` takes seconds');
  return Number(given) * 1_000;
}

/** Whatever was found out in the time: it works, it does not, or it is still starting. */
async function untilTried(input: CommandInput, name: string, waitMs: number): Promise<JsonObject> {
  const since = performance.now();
  for (let askMs = pollMs; ; askMs = Math.min(askMs * slower, slowestMs)) {
    const seen = await input.request('GET', `/v1/servers/${encodeURIComponent(name)}`);
    const waited = performance.now() - since;
    // A gateway that runs says at once that it has heard of it.
    const nobody = seen['isKnown'] === false && waited >= unknownMs;
    if (isTried(seen) || nobody || waited >= waitMs) return seen;
    await pause(Math.min(askMs, waitMs - waited));
  }
}

/** It is up once its list is known, not when it has greeted. */
function isTried({ state, gateways }: JsonObject): boolean {
  if (state === 'failed' || state === 'waiting') return true;
  const lists = Array.isArray(gateways) ? (gateways as readonly JsonObject[]) : [];
  return state === 'up' && lists.some(({ tools }) => typeof tools === 'number');
}

function triedText(name: string, seen: JsonObject): string {
  const next = textOf(seen['next']);
  const todo = next === '' ? [] : [`next: ${whole(next)}`];
  if (seen['state'] === 'up') {
    const { pinned, waiting } = seen['tools'] as JsonObject;
    const shown = Number(pinned) + Number(waiting);
    const told = `${shown} tools, ${cell(pinned)} approved, ${cell(waiting)} wait for approval`;
    return [`tool server ${cell(name)} is up: ${told}`, ...todo].join('\n');
  }
  const why = textOf(seen['why']);
  const how = seen['isKnown'] === false ? 'no gateway has tried it yet' : howItIs(seen, why);
  const stays = `it stays configured and is tried again; \`bailiwick server remove ${cell(name)}\` takes it out`;
  return [`tool server ${cell(name)} is NOT up: ${how}`, ...todo, stays].join('\n');
}

function howItIs({ state }: JsonObject, why: string): string {
  if (state === 'starting') return 'it is still starting';
  return why === '' ? cell(state) : whole(why);
}

function serverSpec(input: CommandInput): JsonObject {
  const [, command, ...args] = input.words;
  const url = textFlag(input, 'url');
  if ((url === undefined) === (command === undefined)) {
    throw usage(serverAdd, 'give `--url URL`, or a command after `--`');
  }
  const secret = textFlag(input, 'secret');
  const tools = effectsOf(input);
  return {
    connect: url === undefined ? { command: command ?? '', args } : { url, ...plainHeaders(input) },
    ...(input.flags['first-seen'] === true ? { pin: 'first-seen' } : {}),
    ...(input.flags['stateless'] === true ? { shared: 'stateless' } : {}),
    ...labelsSpec(input),
    ...(secret === undefined ? {} : { credential: credentialSpec(input, secret) }),
    ...(tools.length === 0 ? {} : { tools: Object.fromEntries(tools) }),
  };
}

function plainHeaders(input: CommandInput): JsonObject {
  const pairs = listFlag(input, 'plain').map((one) => {
    const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(one) ?? [];
    if (name === '') throw usage(serverAdd, '`--plain` takes HEADER=VALUE');
    return [name, value] as const;
  });
  return pairs.length === 0 ? {} : { headers: Object.fromEntries(pairs) };
}

function effectsOf(input: CommandInput): readonly (readonly [string, JsonObject])[] {
  const reads = listFlag(input, 'read');
  const writes = listFlag(input, 'write');
  const both = reads.find((tool) => writes.includes(tool));
  if (both !== undefined) {
    throw usage(
      serverAdd,
      `\`${both}\` is said to read and to write; what writes may read as well`,
    );
  }
  return [
    ...reads.map((tool) => [tool, { effect: 'read' }] as const),
    ...writes.map((tool) => [tool, { effect: 'write' }] as const),
  ];
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
  const [variable, query, header] = ['variable', 'query', 'header'].map((one) =>
    textFlag(input, one),
  );
  if ([variable, query, header].filter((one) => one !== undefined).length > 1) {
    throw usage(serverAdd, 'give one of `--header`, `--query` and `--variable`');
  }
  if (variable !== undefined) return { secret, environment: variable };
  if (query !== undefined) return { secret, query };
  return header === undefined
    ? { secret, header: 'Authorization', prefix: 'Bearer ' }
    : { secret, header };
}
