import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { type Command, type CommandInput, requiredFlag, textFlag, usage } from '../command.ts';
import { listed } from '../every-of.ts';
import { cell, objects, table } from '../output.ts';

const which = {
  kind: { type: 'string', value: 'KIND', help: 'only things of this kind: file, memory, ticket …' },
  origin: {
    type: 'string',
    value: 'SERVER/TOOL',
    help: 'only what came by this tool, also through other things',
  },
  label: { type: 'string', value: 'LABEL', help: 'only what carries it: integrity:untrusted …' },
  task: { type: 'string', value: 'ID', help: 'only what this task wrote first' },
} as const;

function asked(input: CommandInput): Record<string, string> {
  const pairs = Object.keys(which).map((flag) => [flag, textFlag(input, flag)] as const);
  return Object.fromEntries(
    pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined),
  );
}

export const flowObjects: Command = {
  name: 'flow objects',
  summary:
    'Lists the things that tasks wrote which carry labels, what they came by, and which are held.',
  words: '',
  paged: true,
  flags: which,
  examples: [
    'bailiwick flow objects',
    'bailiwick flow objects --origin mail/read_mail --label integrity:untrusted -o json',
  ],
  watch: true,
  async run(input) {
    const query = new URLSearchParams(asked(input)).toString();
    const path = query === '' ? '/v1/objects' : `/v1/objects?${query}`;
    const answer = await listed(input, path, 'objects');
    input.out.print(answer, () =>
      table(
        ['ID', 'KIND', 'NAME', 'CARRIES', 'CAME BY', 'AGENT', 'TASK', 'AT', 'HELD'],
        objects(answer['objects']).map((one) => [
          cell(one['id']),
          cell(one['kind']),
          cell(one['name']),
          cell(one['labels'], 60),
          cell(one['origins'], 60),
          cell(one['agent']),
          cell(one['task']),
          cell(one['at']),
          heldBy(one['held']),
        ]),
      ),
    );
  },
};

function heldBy(held: Json | undefined): string {
  return isJsonObject(held) ? `by ${cell(held['by'])}` : 'no';
}

export const flowClean: Command = {
  name: 'flow clean',
  summary: 'Holds poisoned things: nobody reads them until clean work has written them anew.',
  words: '[ID]',
  flags: {
    ...which,
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: [
    'bailiwick flow clean 3f9c0a… --reason "the note tells agents to pay eve"',
    'bailiwick flow clean --origin mail/read_mail --reason "phishing of today"',
  ],
  async run(input) {
    const answer = await input.request('POST', '/v1/objects/hold', bodyOf(flowClean, input));
    input.out.print(
      answer,
      () => `${cell(answer['held'])} held; they are read again once clean work wrote them`,
    );
  },
};

export const flowRelease: Command = {
  name: 'flow release',
  summary:
    'Releases held things: they are read again, with the labels that they carry; with --lift, all of a kind without.',
  words: '[ID]',
  flags: {
    ...flowClean.flags,
    lift: {
      type: 'boolean',
      help: 'take its labels off all of a kind (`*`), by its ID alone; each thing keeps its own',
    },
  },
  examples: [
    'bailiwick flow release 3f9c0a… --reason "looked at: the note is as it should be"',
    'bailiwick flow release --origin mail/read_mail --reason "no phishing after all"',
    'bailiwick flow release "file/*" --lift --reason "every file was looked at"',
  ],
  async run(input) {
    const isLift = input.flags['lift'] === true;
    const answer = await input.request('POST', '/v1/objects/release', {
      ...bodyOf(flowRelease, input),
      ...(isLift ? { lift: true } : {}),
    });
    input.out.print(answer, () =>
      isLift
        ? 'lifted; what one of its things carries it still carries'
        : `${cell(answer['released'])} released; whoever reads them carries what they carry`,
    );
  },
};

function bodyOf(command: Command, input: Parameters<Command['run']>[0]): JsonObject {
  const [id] = input.words;
  const meant = asked(input);
  if (id === undefined && Object.keys(meant).length === 0) {
    throw usage(
      command,
      'say which: an ID of `flow objects`, or --origin, --kind, --label, --task',
    );
  }
  const reason = requiredFlag(command, input, 'reason');
  return { ...(id === undefined ? {} : { id }), ...meant, reason };
}
