import { statSync } from 'node:fs';
import type { LoadOptions } from '#config/load.ts';
import type { ConfigProblem } from '#config/problem.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Command, type CommandInput, word } from '../command.ts';
import { cell, whole } from '../output.ts';

export const validate: Command = {
  name: 'validate',
  summary:
    'Reads a folder of documents and tells every problem with file, line and column; asks nobody, ends with 1 where there is one.',
  words: 'DIR',
  yaml: true,
  flags: {},
  examples: ['bailiwick validate ./documents', 'bailiwick validate ./documents -o json'],
  async run(input) {
    const folder = word(validate, input, 0, 'DIR');
    const { documents, problems } = await readFolderHere(input, folder);
    const answer = { documents: documents.length, problems: problems.map((one) => ({ ...one })) };
    input.out.print(answer, () =>
      problems.length === 0
        ? `${documents.length} documents, no problems`
        : problems.map(problemText).join('\n'),
    );
    return problems.length === 0 ? 0 : 1;
  },
};

/** As the control program would read it; what only a running one knows (pins, owners) is not asked. */
export async function readFolderHere(
  input: Pick<CommandInput, 'kinds'>,
  folder: string,
  elsewhere: NonNullable<LoadOptions['elsewhere']> = [],
) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new BailiwickError('config/unreadable', { message: `\`${folder}\` is no folder` });
  }
  if (input.kinds === undefined) throw new TypeError('started without the kinds of documents');
  // The library of its shapes is not there on a machine where only help was asked for.
  const { loadDocuments } = await import('#config/load.ts');
  return loadDocuments({ folder, kinds: input.kinds, elsewhere });
}

export function problemText({
  file,
  line,
  column,
  message,
  suggestedAction,
}: ConfigProblem): string {
  const at = `${whole(file)}:${cell(line)}:${cell(column)}`;
  return `${at}: ${cell(message, 1_000)} (${cell(suggestedAction, 1_000)})`;
}
