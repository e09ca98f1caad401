import { type Command, type Flag, flagsOf } from '../command.ts';

/** What may stand where somebody presses the key, with a word of what it is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

export type Completed =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | { readonly kind: 'files' }
  /** Things that exist, which only the control program knows. */
  | { readonly kind: 'names'; readonly of: Named };

export type Named = 'agent' | 'server' | 'approval';

const nothing: Completed = { kind: 'words', words: [] };

/** `given`: the words behind `bailiwick`; the last is the one that is being written, perhaps empty. */
export function complete(commands: readonly Command[], given: readonly string[]): Completed {
  const before = given.slice(0, -1);
  const writing = given.at(-1) ?? '';
  if (before.includes('--')) return nothing;
  const found = commandOf(commands, before);
  if (found === undefined) return beginning(nextWords(commands, before), writing);
  const { command, rest } = found;
  const flags: Readonly<Record<string, Flag>> = flagsOf(command);
  const last = rest.at(-1) ?? '';
  const asked = Object.entries(flags).find(
    ([name, { type, short }]) =>
      type === 'string' && (last === `--${name}` || (short !== undefined && last === `-${short}`)),
  );
  if (asked !== undefined) return valueOf(asked[0], asked[1], writing);
  if (writing.startsWith('-')) {
    const words = Object.entries(flags).map(([name, { help }]) => ({
      word: `--${name}`,
      about: help,
    }));
    return beginning(words, writing);
  }
  const spoken = rest.filter((word) => !word.startsWith('-')).length - valuesIn(rest, flags);
  const word = command.words.split(' ')[spoken] ?? '';
  if (/^[a-z]+(\|[a-z]+)+$/.test(word)) return beginning(asCandidates(word), writing);
  return placeOf(command, word);
}

function beginning(words: readonly Candidate[], writing: string): Completed {
  return { kind: 'words', words: words.filter(({ word }) => word.startsWith(writing)) };
}

/** The longest name that the words begin with; a noun alone, or a verb that is not whole, is none. */
function commandOf(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ');
    if (words.length < length) continue;
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  return undefined;
}

function nextWords(commands: readonly Command[], before: readonly string[]): readonly Candidate[] {
  const path = before.length === 0 ? '' : `${before.join(' ')} `;
  const next = new Map<string, Candidate>();
  for (const { name, summary } of commands) {
    if (!name.startsWith(path)) continue;
    const [word = '', ...more] = name.slice(path.length).split(' ');
    const about = more.length === 0 ? firstSentence(summary) : `… ${more.join(' ')}`;
    const known = next.get(word);
    const both = known !== undefined && more.length > 0 ? `${known.about}, ${more[0]}` : about;
    next.set(word, { word, about: both });
  }
  return [...next.values()];
}

const firstSentence = (text: string): string => text.split(/[.:;](?: |$)/)[0] ?? text;

/** How many words behind flags are their values. */
function valuesIn(rest: readonly string[], flags: Readonly<Record<string, Flag>>): number {
  return rest.filter((word) => {
    const found = Object.entries(flags).find(
      ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
    );
    return found?.[1].type === 'string';
  }).length;
}

function valueOf(name: string, { value = '' }: Flag, writing: string): Completed {
  if (name === 'agent') return { kind: 'names', of: 'agent' };
  if (/FILE|DIR|FOLDER|PATH/.test(value)) return { kind: 'files' };
  // `json|table` are the words themselves; one in capitals stands for something.
  if (!/^[a-z|-]+$/.test(value)) return nothing;
  return beginning(asCandidates(value), writing);
}

const asCandidates = (choices: string): readonly Candidate[] =>
  choices.split('|').map((word) => ({ word, about: '' }));

function placeOf(command: Command, word: string): Completed {
  const noun = command.name.split(' ')[0];
  if (/FILE|DIR|FOLDER|PATH/.test(word)) return { kind: 'files' };
  if (noun === 'approval' && word === 'ID') return { kind: 'names', of: 'approval' };
  if (noun === 'agent' && word === 'NAME' && !command.name.endsWith(' add')) {
    return { kind: 'names', of: 'agent' };
  }
  if (noun === 'server' && word === 'NAME' && !command.name.endsWith(' add')) {
    return { kind: 'names', of: 'server' };
  }
  return nothing;
}
