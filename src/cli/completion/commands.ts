import { isJsonObject } from '#kernel/json/index.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Command, type CommandInput, usage } from '../command.ts';
import { everyOf } from '../every-of.ts';
import { objects, textOf } from '../output.ts';
import { type Candidate, complete, type Named } from './candidates.ts';
import { scripts } from './scripts.ts';

export const completion: Command = {
  name: 'completion',
  summary:
    'Prints what makes your shell complete commands, flags and names of agents, servers and approvals.',
  words: 'bash|zsh|fish',
  flags: {},
  examples: [
    'source <(bailiwick completion bash)',
    'bailiwick completion zsh > ~/.zfunc/_bailiwick',
    'bailiwick completion fish | source',
  ],
  async run(input) {
    const [shell = '', ...more] = input.words;
    if (!isShell(shell) || more.length > 0) {
      throw usage(completion, `it takes one of: ${Object.keys(scripts).join(', ')}`);
    }
    const script = scripts[shell];
    input.out.print({ shell, script }, () => script.trimEnd());
  },
};

const isShell = (word: string): word is keyof typeof scripts => Object.hasOwn(scripts, word);

/** The catalogue, which has this command in it, gives itself when it is asked. */
export const completionWords = (everyCommand: () => readonly Command[]): Command => ({
  name: 'completion words',
  summary: 'Says what may stand where the last of these words is being written; shells ask it.',
  words: '-- WORD…',
  flags: {},
  examples: ['bailiwick completion words -- approval ""'],
  async run(input) {
    const completed = complete(everyCommand(), input.words);
    if (completed.kind === 'files') {
      input.out.print({ files: true, words: [] }, () => ':files');
      return;
    }
    const words =
      completed.kind === 'words'
        ? completed.words
        : await namesOf(completed.of, input, input.words.at(-1) ?? '');
    const told = words.map(({ word, about }) => ({ word, about }));
    input.out.print({ files: false, words: told }, () => words.map(lineOf).join('\n'));
  },
});

const lineOf = ({ word, about }: Candidate): string =>
  `${word}\t${visibleText(about, { maxLength: 80 })}`;

const places: Readonly<
  Record<
    Named,
    { readonly path: string; readonly list: string; readonly id: string; readonly about: string }
  >
> = {
  agent: { path: '/v1/agents', list: 'agents', id: 'name', about: 'purpose' },
  server: { path: '/v1/servers', list: 'servers', id: 'name', about: 'state' },
  approval: { path: '/v1/approvals?state=pending', list: 'approvals', id: 'id', about: 'target' },
};

/** Whoever is not signed in, or has nothing running, is proposed nothing, and not told so while typing. */
async function namesOf(
  of: Named,
  { request }: CommandInput,
  writing: string,
): Promise<readonly Candidate[]> {
  const { path, list, id, about } = places[of];
  let answer: unknown;
  try {
    answer = await everyOf(request, path, list);
  } catch {
    return [];
  }
  if (!isJsonObject(answer)) return [];
  return (
    objects(answer[list])
      .map((one) => ({ word: textOf(one[id]), about: textOf(one[about]) }))
      // What a shell would read as more than a word is not put into somebody's command line.
      .filter(({ word }) => /^[\w.:@/-]+$/.test(word) && word.startsWith(writing))
  );
}
