import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { requiredFlag, textFlag, type Command } from '../command.ts';
import { timeOf } from '../since.ts';
import { cell, objects, textOf, whole } from '../output.ts';

export const manifestSuggest: Command = {
  name: 'suggest manifest',
  summary: 'Suggests the smallest manifest for what an agent really called, as a document.',
  words: '',
  text: 'yaml',
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'of this agent (required)' },
    since: { type: 'string', value: 'TIME', help: 'such as 7d, 12h, or RFC 3339 (default 7d)' },
  },
  examples: [
    'bailiwick suggest manifest --agent support --since 7d',
    'bailiwick suggest manifest --agent support -o yaml > documents/support.yaml',
  ],
  async run(input) {
    const agent = encodeURIComponent(requiredFlag(manifestSuggest, input, 'agent'));
    const since = timeOf(manifestSuggest, 'since', textFlag(input, 'since') ?? '7d');
    const path = `/v1/agents/${agent}/suggested-manifest?since=${encodeURIComponent(since)}`;
    const answer = await input.request('GET', path);
    const spec = answer['spec'] as JsonObject;
    if (Object.keys(spec).length === 0) {
      throw new BailiwickError('cli/usage', {
        message: `the log knows no call of \`${textOf(answer['agent'])}\` since ${since}`,
        suggestedAction:
          'let it work for a while (phase observe), or look further back: --since 30d',
      });
    }
    input.out.print(answer, () => yamlOf(answer, spec));
  },
};

/** Every value is JSON, which YAML reads as it is. */
function yamlOf(answer: JsonObject, spec: JsonObject): string {
  const unbounded = answer['unbounded'];
  const lines = Array.isArray(unbounded) ? (unbounded as readonly Json[]) : [];
  return [
    `# Suggested from ${cell(answer['calls'])} calls of agent ${cell(answer['agent'])} since ${cell(answer['since'])}; the`,
    `# arguments of ${cell(answer['opened'])} of them were looked into. What was refused or held is not in it.`,
    ...(answer['isWhole'] === true
      ? []
      : ['# There were more calls than that: older ones are not in it.']),
    ...(lines.length === 0 ? [] : ['# Without a bound, for you to judge:']),
    ...lines.map((line) => `#   ${whole(line)}`),
    'kind: Manifest',
    `name: ${textOf(answer['manifest'])}`,
    'spec:',
    ...listOf('tools', objects(spec['tools'])),
    ...listOf(
      'targets',
      Array.isArray(spec['targets']) ? (spec['targets'] as readonly Json[]) : [],
    ),
  ].join('\n');
}

function listOf(member: string, items: readonly Json[]): readonly string[] {
  if (items.length === 0) return [];
  return [`  ${member}:`, ...items.map((one) => `    - ${canonicalText(one)}`)];
}
