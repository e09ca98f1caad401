import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  type Command,
  type CommandInput,
  type Flag,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
} from '../command.ts';

const flags = {
  agent: { type: 'string', value: 'NAME', help: 'the agent (required)' },
  target: {
    type: 'string',
    value: 'TARGET',
    help: 'tool:, resource:, prompt: or model:OWNER/NAME',
  },
  tool: { type: 'string', value: 'SERVER/TOOL', help: 'short for --target tool:SERVER/TOOL' },
  arguments: {
    type: 'string',
    value: 'JSON',
    help: 'the arguments, or the request to a model (default: the least that there can be)',
  },
  label: {
    type: 'string',
    multiple: true,
    value: 'LABEL',
    help: 'a label of the session, such as integrity:untrusted',
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** One call, as flags say it. */
export const asked = {
  flags,
  read(command: Command, input: CommandInput) {
    const given = argumentsOf(command, input);
    return {
      target: targetOf(command, input),
      ...(given === undefined ? {} : { arguments: given }),
      labels: [...listFlag(input, 'label')],
    };
  },
};

function targetOf(command: Command, input: CommandInput): string {
  const [target, tool] = [textFlag(input, 'target'), textFlag(input, 'tool')];
  if (target !== undefined && tool !== undefined) {
    throw usage(command, 'give `--target` or `--tool`, not both');
  }
  // Control reads a tool in each of its spellings.
  return target ?? tool ?? requiredFlag(command, input, 'target');
}

export function argumentsOf(command: Command, input: CommandInput): JsonObject | undefined {
  const text = textFlag(input, 'arguments');
  if (text === undefined) return undefined;
  const value = parseJson(Buffer.from(text));
  if (!isJsonObject(value)) throw usage(command, '`--arguments` takes a JSON object');
  return value;
}
