import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentText } from '#config/write-yaml.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, usage, word } from '../command.ts';
import { cell, facts, objects, table, textOf, whole } from '../output.ts';
import { differenceLines } from './compare.ts';
import { everyOf, listed } from '../every-of.ts';

export const get: Command = {
  name: 'get',
  summary: 'Lists the documents in force: of one kind, or one of them.',
  words: '[KIND[/NAME]]',
  yaml: true,
  paged: true,
  flags: {},
  examples: ['bailiwick get', 'bailiwick get Agent', 'bailiwick get Agent/support -o yaml'],
  async run(input) {
    const [named] = input.words;
    const answer =
      named?.includes('/') === true
        ? { documents: [...(await documentsLike(input, named))] }
        : await listed(input, `/v1/documents${ofKind(named)}`, 'documents');
    const documents = objects(answer['documents']);
    if (input.out.format === 'yaml') {
      input.out.documents(documents.map(textFile));
      return;
    }
    input.out.print(answer, () =>
      table(
        ['KIND', 'NAME', 'VERSION', 'OWNER', 'APPLIED AT', 'BY', 'DIGEST'],
        documents.map((one) => [
          cell(one['kind']),
          cell(one['name']),
          cell(one['version']),
          cell(one['owner']),
          cell(one['appliedAt']),
          cell(one['appliedBy']),
          cell(one['digest']).slice(0, 16),
        ]),
      ),
    );
  },
};

export const describe: Command = {
  name: 'describe',
  summary: 'Shows one document as it is in force, as YAML, with who applied it, when and why.',
  words: 'KIND/NAME',
  yaml: true,
  flags: {},
  examples: ['bailiwick describe Agent/support'],
  async run(input) {
    const named = word(describe, input, 0, 'KIND/NAME');
    const [one] = await documentsLike(input, named);
    if (one === undefined) throw nothing(named);
    const [last] = await versionsOf(input, named);
    const { spec: _, ...head } = one;
    const reason = last?.['reason'] ?? null;
    input.out.print(
      { ...one, reason },
      () => `${facts(Object.entries({ ...head, reason }))}\n\n${textFile(one)}`,
    );
  },
};

export const history: Command = {
  name: 'history',
  summary: 'Lists every version of a document that was in force: who, when, why, from where.',
  words: 'KIND/NAME',
  yaml: true,
  paged: true,
  flags: {},
  examples: ['bailiwick history Policy/refunds'],
  async run(input) {
    const named = word(history, input, 0, 'KIND/NAME');
    const answer = await listed(input, historyPath(named), 'versions');
    const versions = objects(answer['versions']);
    if (versions.length === 0) throw nothing(named);
    input.out.print(answer, () =>
      table(
        ['VERSION', 'APPLIED AT', 'BY', 'FROM', 'REASON', 'DIGEST', 'REMOVED'],
        versions.map((one) => [
          cell(one['version']),
          cell(one['appliedAt']),
          cell(one['appliedBy']),
          cell(one['owner']),
          cell(one['reason']),
          cell(one['digest']).slice(0, 16),
          isJsonObject(one['removed'])
            ? `${cell(one['removed']['at'])} by ${cell(one['removed']['by'])}`
            : '-',
        ]),
      ),
    );
  },
};

export const diff: Command = {
  name: 'diff',
  summary:
    'Shows each field in which two versions of a document differ; without numbers the last two. Ends with 2 where they do.',
  words: 'KIND/NAME [A B]',
  yaml: true,
  flags: {},
  examples: ['bailiwick diff Policy/refunds', 'bailiwick diff Policy/refunds 2 5'],
  async run(input) {
    const versions = await versionsOf(input, word(diff, input, 0, 'KIND/NAME'));
    const newest = Number(versions[0]?.['version'] ?? 0);
    const from = numberAt(input, 1) ?? newest - 1;
    const to = numberAt(input, 2) ?? newest;
    const [before, after] = [from, to].map((one) => specOf(versions, one));
    if (after === undefined || (before === undefined && from > 0)) {
      throw new BailiwickError('api/not-found', { message: 'there is no such version' });
    }
    const lines = differenceLines(before, after);
    input.out.print({ from, to, differences: [...lines] }, () =>
      lines.length === 0 ? 'no difference' : lines.join('\n'),
    );
    return lines.length === 0 ? 0 : 2;
  },
};

export const exportDocuments: Command = {
  name: 'export',
  summary: 'Writes the documents in force into a folder that is new or empty: KIND/NAME.yaml.',
  words: 'DIR',
  flags: {},
  examples: ['bailiwick export ./documents'],
  async run(input) {
    const folder = word(exportDocuments, input, 0, 'DIR');
    const documents = await documentsLike(input, undefined);
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) {
      throw usage(exportDocuments, `\`${folder}\` is not empty: nothing is written over`);
    }
    const files = documents.map((one) => {
      const [kind, name] = [textOf(one['kind']), textOf(one['name'])];
      const file = join(kind, `${name}.yaml`);
      mkdirSync(join(folder, kind), { recursive: true });
      writeFileSync(join(folder, file), textFile(one), { flag: 'wx' });
      return file;
    });
    input.out.print({ files }, () => `${files.length} documents written to ${whole(folder)}`);
  },
};

function textFile(one: JsonObject): string {
  const spec = isJsonObject(one['spec']) ? one['spec'] : {};
  return documentText({ kind: textOf(one['kind']), name: textOf(one['name']), spec });
}

function ofKind(kind: string | undefined): string {
  return kind === undefined ? '' : `?kind=${encodeURIComponent(kind)}`;
}

async function documentsLike(
  input: CommandInput,
  named: string | undefined,
): Promise<readonly JsonObject[]> {
  const [kind, name] = named?.split('/') ?? [];
  const path = `/v1/documents${ofKind(kind)}`;
  const all = objects((await everyOf(input.request, path, 'documents'))['documents']);
  const found = name === undefined ? all : all.filter((one) => one['name'] === name);
  if (named !== undefined && name !== undefined && found.length === 0) throw nothing(named);
  return found;
}

function historyPath(named: string): string {
  const [kind = '', name = ''] = named.split('/');
  return `/v1/documents/${encodeURIComponent(kind)}/${encodeURIComponent(name)}/history`;
}

async function versionsOf(input: CommandInput, named: string): Promise<readonly JsonObject[]> {
  const versions = objects(
    (await everyOf(input.request, historyPath(named), 'versions'))['versions'],
  );
  if (versions.length === 0) throw nothing(named);
  return versions;
}

function specOf(versions: readonly JsonObject[], number: number): JsonObject | undefined {
  const spec = versions.find(({ version }) => version === number)?.['spec'];
  return isJsonObject(spec) ? spec : undefined;
}

function numberAt(input: CommandInput, at: number): number | undefined {
  const text = input.words[at];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(diff, `\`${text}\` is no version`);
  return Number(text);
}

function nothing(named: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `there is no \`${named}\`` });
}
