import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { softPhases } from '#kernel/tool.ts';
import { requiredFlag, usage, word, type Command, type CommandInput } from '../command.ts';
import { cell, objects } from '../output.ts';
import { everyOf } from '../every-of.ts';

const phases: readonly string[] = [...softPhases, 'enforce'];

export const serverPhase: Command = {
  name: 'server phase',
  summary:
    'Moves a tool server on, or back: observe (records what would be stopped), warn (tells it too), enforce (stops it).',
  words: 'NAME PHASE',
  flags: { reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' } },
  examples: [
    'bailiwick server phase files warn --reason "a week without surprises"',
    'bailiwick server phase files enforce --reason "its agents ask for nothing else"',
  ],
  async run(input) {
    const name = word(serverPhase, input, 0, 'NAME');
    const phase = word(serverPhase, input, 1, 'PHASE');
    if (!phases.includes(phase)) {
      throw usage(serverPhase, `\`${cell(phase)}\` is no phase: ${phases.join(', ')}`);
    }
    const reason = requiredFlag(serverPhase, input, 'reason');
    const before = await specOf(input, name);
    const spec = { ...before, phase };
    const body = { kind: 'ToolServer', name, spec, reason };
    const answer = await input.request('POST', '/v1/documents', body);
    const own = ownPhases(before, phase);
    const was = before['phase'] ?? 'enforce';
    input.out.print({ ...answer, before: was, phase, ownPhases: [...own] }, () =>
      [
        `tool server ${cell(name)} was in phase ${cell(was)} and is in phase ${phase}`,
        ...(own.length === 0 ? [] : [`tools with another phase of their own: ${own.join(', ')}`]),
      ].join('\n'),
    );
  },
};

/** Everything else that the document says stays as it is. */
async function specOf(input: CommandInput, name: string): Promise<JsonObject> {
  const { documents } = await everyOf(input.request, '/v1/documents?kind=ToolServer', 'documents');
  const spec = objects(documents).find((one) => one['name'] === name)?.['spec'];
  if (isJsonObject(spec)) return spec;
  throw new BailiwickError('api/not-found', {
    message: `there is no tool server \`${cell(name)}\``,
    suggestedAction: 'look at `bailiwick server list`',
  });
}

/** What the document says of one tool goes before what it says of all. */
function ownPhases({ tools }: JsonObject, phase: string): readonly string[] {
  if (!isJsonObject(tools)) return [];
  return Object.entries(tools).flatMap(([tool, one]) => {
    const own = isJsonObject(one) ? one['phase'] : undefined;
    return own === undefined || own === phase ? [] : [`${cell(tool)} (${cell(own)})`];
  });
}
