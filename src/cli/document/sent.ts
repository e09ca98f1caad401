import type { JsonObject } from '#kernel/json/value.ts';
import type { Command, CommandInput, Flag } from '../command.ts';
import { word } from '../command.ts';
import { objects, textOf } from '../output.ts';
import { problemText, readFolderHere } from './validate.ts';
import { everyOf } from '../every-of.ts';

export const prune = {
  type: 'boolean',
  help: 'documents of the API that are not in the folder go',
} as const satisfies Flag;

interface Held {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly digest: string;
  readonly owner: string;
}

export interface Sent {
  /** What is asked for: documents that are new or other, and those that go. */
  readonly body: {
    readonly documents: readonly JsonObject[];
    readonly remove: readonly JsonObject[];
  };
  /** Documents of the API that are not in the folder and stay. */
  readonly beside: readonly string[];
}

/** What the folder of a command has beside what is in force; every problem of it with its place. */
export async function readSent(
  command: Command,
  input: CommandInput,
): Promise<Sent | { readonly problems: readonly string[] }> {
  const folder = word(command, input, 0, 'DIR');
  const answer = await everyOf(input.request, '/v1/documents', 'documents');
  const held = objects(answer['documents']).map(heldOf);
  const { documents, problems } = await readFolderHere(input, folder, held);
  if (problems.length > 0) return { problems: problems.map(problemText) };
  const known = new Map(held.map((one) => [one.key, one]));
  const here = new Set(documents.map(({ kind, name }) => `${kind}/${name}`));
  const beside = held.filter(({ key, owner }) => owner === 'api' && !here.has(key));
  const goes = input.flags['prune'] === true ? beside : [];
  return {
    body: {
      documents: documents
        .filter(({ kind, name, digest }) => known.get(`${kind}/${name}`)?.digest !== digest)
        .map(({ kind, name, spec }) => ({ kind, name, spec })),
      remove: goes.map(({ kind, name }) => ({ kind, name })),
    },
    beside: goes.length > 0 ? [] : beside.map(({ key }) => key),
  };
}

function heldOf(one: JsonObject): Held {
  const [kind, name] = [textOf(one['kind']), textOf(one['name'])];
  return {
    key: `${kind}/${name}`,
    kind,
    name,
    digest: textOf(one['digest']),
    owner: textOf(one['owner']),
  };
}
