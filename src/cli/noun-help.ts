import type { Command } from './command.ts';
import { cell } from './output.ts';

export const mostWide = 80;

/** Each verb of a noun on one line, and how some of them look. */
export function nounHelp(noun: string, verbs: readonly Command[]): string {
  const verbOf = ({ name }: Command) => name.slice(noun.length + 1);
  const width = Math.max(...verbs.map((one) => verbOf(one).length));
  const room = mostWide - width - 4;
  const line = (one: Command) =>
    `  ${verbOf(one).padEnd(width)}  ${cell(firstSentence(one.summary), room - 1)}`;
  const examples = verbs.flatMap((one) => one.examples.slice(0, 1)).slice(0, 6);
  return [
    `Usage: bailiwick ${noun} VERB [flags]`,
    '',
    ...verbs.map(line),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    `\`bailiwick ${noun} VERB --help\` says all of one.`,
    '',
  ].join('\n');
}

export function firstSentence(text: string): string {
  return text.split(/(?<=[.;:]) /)[0]?.replace(/[.;:]$/, '') ?? text;
}
