import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { LoadOptions } from '#config/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Output } from './output.ts';

export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly value?: string;
  readonly help: string;
}

/** `isHidden`: what is typed is not shown. */
export type Ask = (question: string, how?: { readonly isHidden: boolean }) => Promise<string>;

/** What a verb is given: its words, its flags, a way to the control program, a way to print. */
export interface CommandInput {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly out: Output;
  /** Sends one request to the control program as the person who is signed in. */
  readonly request: (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: JsonObject,
  ) => Promise<JsonObject>;
  readonly dataFolder: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly readStdin: () => Promise<string>;
  /** Says something to a person beside the answer, wherever the answer goes. */
  readonly note: (text: string) => void;
  /** Asks a person at a terminal; undefined where nobody sits. */
  readonly ask: Ask | undefined;
  /** The kinds of documents; missing where the program was started without them. */
  readonly kinds?: LoadOptions['kinds'];
}

export interface Command {
  /** `agent add`: noun and verb, or one word. */
  readonly name: string;
  readonly summary: string;
  /** The words after the name, such as `NAME`. */
  readonly words: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** What its text is, when that is no table: `-o` takes this word too. */
  readonly text?: 'yaml';
  /** `-o yaml` prints its answer, or the documents of it, as files have them. */
  readonly yaml?: true;
  /** It lists: `-o jsonl` prints each on a line of its own. */
  readonly lines?: true;
  /** It lists, page by page where that is asked for: `--limit`, `--cursor` and `--all`. */
  readonly paged?: true;
  /** `--watch` shows it again whenever it is otherwise. */
  readonly watch?: true;
  /** Returns the exit code; 0 when it returns nothing. */
  readonly run: (input: CommandInput) => Promise<number | void>;
}

export const commonFlags = {
  output: { type: 'string', short: 'o', value: 'json|table', help: 'how to print (default table)' },
  data: { type: 'string', value: 'DIR', help: 'data folder of the instance to talk to' },
  browser: { type: 'boolean', help: 'sign in in the browser, where it is asked for' },
  wide: { type: 'boolean', help: 'each row of a table on one line, however long' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const satisfies Record<string, Flag>;

/** Of commands that may be looked at again and again. */
export const watchFlag = {
  watch: {
    type: 'boolean',
    short: 'w',
    help: 'look again every two seconds, and show what changed',
  },
} as const satisfies Record<string, Flag>;

/** Of every list, alike. What `--all` means beyond that, a list says itself. */
export const pageFlags = {
  all: { type: 'boolean', help: 'every page of it' },
  limit: { type: 'string', short: 'n', value: 'N', help: 'one page of so many (1000 at most)' },
  cursor: {
    type: 'string',
    value: 'PLACE',
    help: 'the page behind this: `next` of the one before',
  },
} as const satisfies Record<string, Flag>;

export function flagsOf(command: Command): Readonly<Record<string, Flag>> {
  return {
    ...(command.paged === true ? pageFlags : {}),
    ...command.flags,
    ...(command.watch === true ? watchFlag : {}),
    ...commonFlags,
  };
}

/** For acts that go without one; it goes on record when it is given. */
export const reasonIfAny = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record',
} as const satisfies Flag;

export function reasonOf(input: CommandInput): { readonly reason?: string } {
  const reason = textFlag(input, 'reason');
  return reason === undefined ? {} : { reason };
}

export function parseFlags(
  command: Command,
  argv: readonly string[],
): { words: string[]; flags: CommandInput['flags'] } {
  const all = flagsOf(command);
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, short, multiple }] of Object.entries(all)) {
    options[name] = {
      type,
      ...(short === undefined ? {} : { short }),
      ...(multiple === undefined ? {} : { multiple }),
    };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return { words: positionals, flags: values as CommandInput['flags'] };
  } catch (fault) {
    throw usage(command, fault instanceof Error ? fault.message : 'unknown flag');
  }
}

export function usage(command: Command, message: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message,
    suggestedAction: `read \`bailiwick ${command.name} --help\``,
  });
}

/** The word at `at`, or a usage error that names it. */
export function word(command: Command, input: CommandInput, at: number, name: string): string {
  const value = input.words[at];
  if (value === undefined || value === '') throw usage(command, `${name} is missing`);
  return value;
}

export function textFlag(input: Pick<CommandInput, 'flags'>, name: string): string | undefined {
  const value = input.flags[name];
  return typeof value === 'string' ? value : undefined;
}

export function requiredFlag(command: Command, input: CommandInput, name: string): string {
  const value = textFlag(input, name);
  if (value === undefined || value.trim() === '') throw usage(command, `\`--${name}\` is required`);
  return value;
}

export function listFlag(input: CommandInput, name: string): readonly string[] {
  const value = input.flags[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function helpText(command: Command): string {
  const all = Object.entries(flagsOf(command));
  const rows = all.map(([name, flag]) => {
    const { short, value, help } = flag;
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    return `  ${left.padEnd(32)} ${help}`;
  });
  return [
    command.summary,
    '',
    'Usage:',
    `  bailiwick ${command.name}${command.words === '' ? '' : ` ${command.words}`} [flags]`,
    '',
    'Flags:',
    ...rows,
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}
