import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { requiredFlag, textFlag, usage, type Command } from '../command.ts';
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
    const since = sinceOf(textFlag(input, 'since') ?? '7d', Date.now());
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

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceOf(text: string, now: number): string {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const span = unitMs[unit];
  if (count !== undefined && span !== undefined) return isoTime(now - Number(count) * span);
  if (Number.isNaN(Date.parse(text)))
    throw usage(manifestSuggest, '`--since` takes 7d, 12h, 30m or a time');
  return text;
}

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
