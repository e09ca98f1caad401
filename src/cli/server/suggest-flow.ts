import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type Command, word } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';

export const suggestFlow: Command = {
  name: 'suggest flow',
  summary: 'Drafts what flows through the tools of a server from their schemas, for review.',
  words: 'SERVER',
  text: 'yaml',
  flags: {},
  examples: ['bailiwick suggest flow mail', 'bailiwick suggest flow mail -o json'],
  async run(input) {
    const server = word(suggestFlow, input, 0, 'SERVER');
    const answer = await input.request(
      'GET',
      `/v1/servers/${encodeURIComponent(server)}/suggested-flow`,
    );
    const tools = objects(answer['tools']);
    if (tools.length === 0) {
      throw new BailiwickError('cli/usage', {
        message: `no tool of \`${textOf(answer['server'])}\` is approved`,
        suggestedAction: '`bailiwick tool list` says what waits: only what is approved is drafted',
      });
    }
    input.out.print(answer, () => yamlOf(textOf(answer['server']), tools));
  },
};

/** Members for the document of the server; every value is JSON, which YAML reads as it is. */
function yamlOf(server: string, tools: readonly JsonObject[]): string {
  return [
    `# A draft for the document of ToolServer ${cell(server)}, by the schemas and names of its approved tools.`,
    '# It proves nothing: read each line. What is not named stays free text, in which each address, link and',
    '# account counts. `asserted` is what the server itself writes: add a field only where no stranger can fill it.',
    'spec:',
    '  tools:',
    ...tools.flatMap(toolLines),
  ].join('\n');
}

function toolLines(tool: JsonObject): readonly string[] {
  const sinks = objects(tool['sinks']);
  const ids = objects(tool['ids']);
  const text = Array.isArray(tool['text']) ? (tool['text'] as readonly Json[]) : [];
  const name = textOf(tool['tool']);
  if (sinks.length === 0 && ids.length === 0) {
    return [`    # ${cell(name)}: nothing of its schema says what flows through it`];
  }
  const declared = tool['declared'] === true ? ['      # it declares flow already: compare'] : [];
  return [
    `    ${canonicalText(name)}:`,
    `      effect: ${cell(tool['effect'])}`,
    ...declared,
    '      flow:',
    ...(tool['speaks'] === true
      ? [
          '        speaks: true # a read that leaves with what it is asked: is its receiver outside?',
        ]
      : []),
    ...(sinks.length === 0 ? [] : ['        sinks:']),
    ...sinks.map(
      ({ path, kind, why }) =>
        `          ${canonicalText(textOf(path))}: ${cell(kind)} # ${cell(why)}`,
    ),
    ...(text.length === 0
      ? []
      : [`        # free text: ${text.map((one) => cell(one, 60)).join(', ')}`]),
    ...idLines(ids),
  ];
}

function idLines(ids: readonly JsonObject[]): readonly string[] {
  if (ids.length === 0) return [];
  const paths = canonicalText(ids.map(({ path }) => textOf(path)));
  return [
    '        results:',
    ...ids.map(({ path, why }) => `          # ${cell(path)}: ${cell(why)}`),
    `          asserted: ${paths}`,
    `          ids: ${paths}`,
  ];
}
