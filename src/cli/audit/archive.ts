import { resolve } from 'node:path';
import type { JsonObject } from '#kernel/json/value.ts';
import { askProgram } from '../ask-program.ts';
import { type Command, usage, word } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';

export const auditArchiveFetch: Command = {
  name: 'audit archive fetch',
  summary:
    'Copies an archive from its store into a folder, which `audit verify --archive` and verify.mjs read. Needs no instance. Cut off, the same command goes on. Exit 1 when somebody laid something over what was put.',
  words: 'URL DIR',
  flags: {},
  examples: [
    "bailiwick audit archive fetch 's3://audit-logs/prod?region=eu-central-1' ./archive",
    "bailiwick audit archive fetch 's3://logs?endpoint=https://minio.example:9000' ./archive -o json",
  ],
  async run(input) {
    const url = word(auditArchiveFetch, input, 0, 'URL');
    const folder = resolve(word(auditArchiveFetch, input, 1, 'DIR'));
    if (!isUrl(url))
      throw usage(auditArchiveFetch, 'an archive in a folder is copied as folders are');
    const told = await fetchArchive(url, folder, input.env);
    const overlaid = objects(told['overlaid']);
    input.out.print(told, () =>
      [
        `${cell(told['objects'])} objects in ${cell(folder, 400)}, ${cell(told['copied'])} of them copied now`,
        ...overlaid.map((one) => overlaidText(one)),
      ].join('\n'),
    );
    return overlaid.length === 0 ? 0 : 1;
  },
};

/** A place in a store; all else is a folder. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(text);
}

export function overlaidText({ name, how }: JsonObject): string {
  const what = how === 'hidden' ? 'is marked as deleted' : 'was put again';
  return `\`${textOf(name)}\` ${what} by somebody; what was put first is what counts`;
}

/** With the environment that it was given: there stands what opens the store. */
export function fetchArchive(
  url: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<JsonObject> {
  return askProgram({
    entry: new URL('../../programs/archive/main.ts', import.meta.url),
    words: [url, folder],
    env,
    told: ({ done, of }) => `${cell(done)} of ${cell(of)} objects`,
    otherwise: 'audit/archive-unavailable',
  });
}
