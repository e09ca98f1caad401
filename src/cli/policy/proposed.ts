import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Command, CommandInput, Flag } from '../command.ts';
import { listFlag, textFlag, usage } from '../command.ts';
import { problemText } from '../document/validate.ts';
import { objects, textOf } from '../output.ts';
import { readBytes, readPolicyFiles } from './policy-files.ts';
import { everyOf } from '../every-of.ts';

export const proposing = {
  with: {
    type: 'string',
    multiple: true,
    value: 'FILE|DIR',
    help: 'what would be there: Cedar text, as the policy that is called as the file, or YAML documents of any kind; in place of those of the same name, or beside the others',
  },
  without: {
    type: 'string',
    multiple: true,
    value: 'NAME|KIND/NAME',
    help: 'what would go: a policy, or another document',
  },
  change: {
    type: 'string',
    value: 'ID',
    help: 'all that a change would do that waits for somebody (`change list`)',
  },
} as const satisfies Readonly<Record<string, Flag>>;

export interface Proposed {
  readonly documents: readonly JsonObject[];
  readonly remove: readonly JsonObject[];
  /** Where a policy of this name stands, for its problems. */
  readonly pathOf: (policy: string) => string | undefined;
}

/** What `--with` and `--without` say, or every problem of the files. */
export async function readProposed(
  command: Command,
  input: CommandInput,
): Promise<Proposed | { readonly problems: readonly string[] }> {
  const places = listFlag(input, 'with').flatMap(filesAt);
  const yaml = places.filter((path) => /\.ya?ml$/.test(path));
  const cedar = places.filter((path) => !/\.ya?ml$/.test(path));
  const policies = readPolicyFiles(cedar);
  const read = yaml.length === 0 ? [] : await readDocuments(input, yaml);
  if ('problems' in read) return read;
  const removed = listFlag(input, 'without').map((name) => documentNamed(command, name));
  const waiting = await waitingChange(input);
  return {
    documents: [
      ...waiting.documents,
      ...policies.map(({ name, cedar: text }) => ({
        kind: 'Policy',
        name,
        spec: { cedar: text },
      })),
      ...read,
    ],
    remove: [...waiting.remove, ...removed],
    pathOf: (policy) => policies.find(({ name }) => name === policy)?.path,
  };
}

/** What a change that waits would put and take away. */
async function waitingChange(input: CommandInput): Promise<Pick<Proposed, 'documents' | 'remove'>> {
  const id = textFlag(input, 'change');
  if (id === undefined) return { documents: [], remove: [] };
  const shown = await input.request('GET', `/v1/changes/${encodeURIComponent(id)}`);
  const steps = objects(shown['steps']);
  const named = ({ kind, name }: JsonObject): JsonObject => ({
    kind: kind ?? '',
    name: name ?? '',
  });
  return {
    documents: steps.flatMap((one) =>
      isJsonObject(one['after']) ? [{ ...named(one), spec: one['after'] }] : [],
    ),
    remove: steps.filter(({ after }) => after === null).map(named),
  };
}

function filesAt(place: string): readonly string[] {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return [place];
  const inside = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:cedar|ya?ml)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  // A folder without any is told by whoever reads it.
  return inside.length === 0 ? [place] : inside;
}

async function readDocuments(
  input: CommandInput,
  paths: readonly string[],
): Promise<readonly JsonObject[] | { readonly problems: readonly string[] }> {
  if (input.kinds === undefined) throw new TypeError('started without the kinds of documents');
  const stored = objects((await everyOf(input.request, '/v1/documents', 'documents'))['documents']);
  const elsewhere = stored.map((one) => ({ kind: textOf(one['kind']), name: textOf(one['name']) }));
  const files = paths.map((path) => ({ file: relative('.', path), bytes: readBytes(path) }));
  // The library of its shapes is not there on a machine where only help was asked for.
  const { loadDocuments } = await import('#config/load.ts');
  const names = new Set<string>();
  // What is proposed in place of what is stored is not there twice.
  const first = loadDocuments({ files, kinds: input.kinds });
  for (const { kind, name } of first.documents) names.add(`${kind}/${name}`);
  const others = elsewhere.filter(({ kind, name }) => !names.has(`${kind}/${name}`));
  const { documents, problems } = loadDocuments({ files, kinds: input.kinds, elsewhere: others });
  if (problems.length > 0) return { problems: problems.map(problemText) };
  return documents.map(({ kind, name, spec }) => ({ kind, name, spec }));
}

function documentNamed(command: Command, text: string): JsonObject {
  const [kind, name, more] = text.includes('/') ? text.split('/') : ['Policy', text];
  if (!kind || !name || more !== undefined) {
    throw usage(command, '`--without` takes the name of a policy, or KIND/NAME');
  }
  return { kind, name };
}
