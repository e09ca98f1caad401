import type { JsonObject } from '#kernel/json/value.ts';
import {
  listFlag,
  reasonIfAny,
  reasonOf,
  textFlag,
  usage,
  word,
  type Command,
} from '../command.ts';
import { cell } from '../output.ts';

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

export const secretRemove: Command = {
  name: 'secret remove',
  summary: 'Takes a secret out of the vault for good. One that a document names stays.',
  words: 'NAME',
  flags: { reason: reasonIfAny },
  examples: ['bailiwick secret remove billing-key --reason "the server is gone"'],
  async run(input) {
    const name = word(secretRemove, input, 0, 'NAME');
    const path = `/v1/secrets/${encodeURIComponent(name)}/remove`;
    const answer = await input.request('POST', path, { ...reasonOf(input) });
    input.out.print(answer, () => `secret ${cell(answer['name'])} is removed`);
  },
};

/** A secret that no document names is lent to nobody, which is usually a misspelt name. */
function named({ name, namedBy, missing }: JsonObject): string {
  const lacks = Array.isArray(missing) ? missing.map((one) => `\`${cell(one)}\``).join(', ') : '';
  const still = lacks === '' ? '' : `; missing: ${lacks}`;
  const isNamed = !Array.isArray(namedBy) || namedBy.length > 0;
  return isNamed ? still : `; no document names \`${cell(name)}\`${still}`;
}
