import { setTimeout as pause } from 'node:timers/promises';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { reasonIfAny, reasonOf, word, type Command, type CommandInput } from '../command.ts';
import { cell, facts, objects, table, textOf, whole } from '../output.ts';
import { freshLines, type SeenLines } from './follow.ts';
import { listed } from '../every-of.ts';

export const serverList: Command = {
  name: 'server list',
  summary: 'Lists the tool servers: how they do, and how many of their tools wait.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick server list', 'bailiwick server list -o json'],
  watch: true,
  async run(input) {
    const answer = await listed(input, '/v1/servers', 'servers');
    input.out.print(answer, () =>
      table(
        ['NAME', 'STATE', 'PINNED', 'SIGNED', 'APPROVED', 'WAITING', 'CHANGED', 'RUNS', 'WHY'],
        objects(answer['servers']).map(
          ({ server, state, pinned: pin, signed, tools, runs, why }) => {
            const { pinned, waiting, quarantined } = tools as JsonObject;
            return [
              cell(server),
              cell(state),
              pinnedWord[textOf(pin)] ?? 'unknown',
              signedWord(signed),
              cell(pinned),
              cell(waiting),
              cell(quarantined),
              cell(runs, 60),
              why === null ? '' : cell(why, 120),
            ];
          },
        ),
      ),
    );
  },
};

export const serverShow: Command = {
  name: 'server show',
  summary:
    'Shows how a tool server does at each gateway, why it fails, and when it is tried again.',
  words: 'NAME',
  flags: {},
  examples: ['bailiwick server show files', 'bailiwick server show files -o json'],
  async run(input) {
    const answer = await input.request('GET', pathOf(serverShow, input));
    input.out.print(answer, () => shown(answer));
    return answer['state'] === 'failed' ? 1 : 0;
  },
};

const pinnedWords: Readonly<Record<string, string>> = {
  verified: 'its content is compared before each start',
  version: 'unpinned: a version, whose content nobody compares',
  none: 'unpinned: whatever is found when it starts',
  remote: 'whatever runs there',
};

const pinnedWord: Readonly<Record<string, string>> = {
  verified: 'yes',
  version: 'UNPINNED',
  none: 'UNPINNED',
  remote: '-',
};

/** Whether whoever must have signed it was found to have. */
function signedWord(signed: Json | undefined): string {
  const { wanted, by } = (signed ?? {}) as JsonObject;
  if (wanted !== true) return '-';
  return typeof by === 'string' ? 'verified' : 'not yet';
}

function signedText(signed: Json | undefined): string {
  const { wanted, by, at } = (signed ?? {}) as JsonObject;
  if (wanted !== true) return 'nobody asks, see `signers` of a Registry';
  return typeof by === 'string'
    ? `${whole(by)} (verified at ${cell(at)})`
    : 'no gateway has verified it yet';
}

function sourceText({ source, pinned }: JsonObject): string {
  return `${cell(source)} (${pinnedWords[textOf(pinned)] ?? 'unknown'})`;
}

function shown(answer: JsonObject): string {
  const { pinned, waiting, quarantined, rejected, gone } = answer['tools'] as JsonObject;
  const tools = `${cell(pinned)} approved, ${cell(waiting)} waiting, ${cell(quarantined)} changed, ${cell(rejected)} rejected, ${cell(gone)} gone`;
  const head = facts([
    ['server', answer['server']],
    ['runs', answer['runs']],
    ['source', sourceText(answer)],
    ['content', answer['content'] === '' ? '-' : answer['content']],
    ['signed by', signedText(answer['signed'])],
    ['state', answer['state']],
    ['why', answer['why'] ?? '-'],
    ['next', answer['next'] ?? '-'],
    ['tools', tools],
  ]);
  const gateways = objects(answer['gateways']).map((one) =>
    facts([
      ['gateway', one['gateway']],
      ['state', `${cell(one['state'])} since ${cell(one['since'])}`],
      ['connections', one['connections']],
      ['pid', one['pid'] ?? '-'],
      ['era', one['era'] === null ? '-' : `${cell(one['era'])}, ${cell(one['revision'])}`],
      ['shows', one['tools'] === null ? '-' : `${cell(one['tools'])} tools`],
      ['looked at', one['lookedAt'] ?? 'never'],
      ['ended', endedText(one['ended'])],
      ['last fault', faultText(one['fault'])],
      ['next try', one['nextTryAt'] ?? '-'],
      ['printed', `${cell(one['printed'])} lines`],
    ]),
  );
  const nobody = ['no gateway has told of it yet'];
  return [head, ...(gateways.length === 0 ? nobody : gateways)].join('\n\n');
}

function endedText(ended: Json | undefined): string {
  if (typeof ended !== 'object' || ended === null) return '-';
  const { at, why } = ended as JsonObject;
  return `${cell(at)}: ${whole(why)}`;
}

function faultText(fault: Json | undefined): string {
  if (typeof fault !== 'object' || fault === null) return '-';
  const { at, code, message } = fault as JsonObject;
  return `${cell(at)}: ${whole(message)} (${cell(code)})`;
}

/** Each look is on record. */
const followMs = 2_000;

export const serverLogs: Command = {
  name: 'server logs',
  summary:
    'Shows the last lines that a tool server printed beside its answers; secrets are taken out.',
  words: 'NAME',
  flags: {
    follow: { type: 'boolean', short: 'f', help: 'go on with what it prints from now on' },
  },
  examples: ['bailiwick server logs files', 'bailiwick server logs files -f'],
  async run(input) {
    const path = `${pathOf(serverLogs, input)}/logs`;
    const seen: SeenLines = new Map();
    for (let isFirst = true; ; isFirst = false) {
      const answer = await input.request('GET', path);
      const lines = freshLines(answer, seen);
      const isNews = lines.some(({ lines: some }) => Array.isArray(some) && some.length > 0);
      if (isFirst || isNews) input.out.print({ ...answer, gateways: lines }, () => logText(lines));
      if (input.flags['follow'] !== true) return;
      await pause(followMs);
    }
  },
};

function logText(gateways: readonly JsonObject[]): string {
  const several = gateways.length > 1;
  const lines = gateways.flatMap(({ gateway, lines: some }) =>
    (Array.isArray(some) ? (some as readonly Json[]) : []).map((line) =>
      several ? `${cell(gateway)}  ${whole(line)}` : whole(line),
    ),
  );
  return lines.length === 0 ? 'it has printed nothing' : lines.join('\n');
}

export const serverRemove: Command = {
  name: 'server remove',
  summary:
    'Takes a tool server out, with everything that was approved of it, and says what went with it.',
  words: 'NAME',
  flags: { reason: reasonIfAny },
  examples: ['bailiwick server remove files'],
  async run(input) {
    const path = pathOf(serverRemove, input);
    const answer = await input.request('POST', `${path}/remove`, { ...reasonOf(input) });
    const { server, tools, approved, home } = answer;
    const kept = home === true ? ', and its home folder' : '';
    input.out.print(
      answer,
      () =>
        `tool server ${cell(server)} is removed, with ${cell(tools)} known tools (${cell(approved)} approved)${kept}`,
    );
  },
};

function pathOf(command: Command, input: CommandInput): string {
  return `/v1/servers/${encodeURIComponent(word(command, input, 0, 'NAME'))}`;
}
