import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { visibleText } from '#kernel/text/index.ts';
import { createRequest } from './asking.ts';
import { commands } from './catalogue.ts';
import {
  type Ask,
  type Command,
  type CommandInput,
  helpText,
  parseFlags,
  usage,
} from './command.ts';
import { createOutput, type Format, jsonLine } from './output.ts';
import { nearest } from './suggest.ts';

/** 0 done · 1 a finding, such as an inconsistent log · 2 unwitnessed, or no key given · 3 refused, not found · 4 usage · 5 not running. */
const exitCodes = { refused: 3, usage: 4, notRunning: 5 } as const;

/** What a command line stands in. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly userHome: string;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  /** Undefined where no person sits. */
  readonly ask?: Ask;
  /** The kinds of documents, where the program knows them. */
  readonly kinds?: CommandInput['kinds'];
}

/** One command, from its words to its exit code. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(argv, terminal);
  } catch (fault) {
    return report(problemOf(fault), argv, terminal);
  }
}

async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const found = findCommand(argv);
  if (found === undefined) {
    const asked = argv[0] ?? 'help';
    if (['--version', '-v', 'version'].includes(asked)) {
      terminal.write(`${packageVersion()}\n`);
      return 0;
    }
    if (!['help', '--help', '-h'].includes(asked)) throw unknownCommand(argv);
    terminal.write(overview());
    return 0;
  }
  const { command, rest } = found;
  const own = ownWords(rest);
  if (own.includes('--help') || own.includes('-h')) {
    terminal.write(helpText(command));
    return 0;
  }
  const { words, flags } = parseFlags(command, rest);
  checkWords(command, words);
  return (await command.run(inputFor(command, { words, flags }, terminal))) ?? 0;
}

/** A word that nothing reads is a mistake: what it was meant for would not happen. */
function checkWords(command: Command, words: readonly string[]): void {
  // A command that takes several forms, or any number of words, looks at them itself.
  if (/[|.\u2026]/.test(command.words)) return;
  const most = command.words === '' ? 0 : command.words.split(' ').length;
  const extra = words[most];
  if (extra === undefined) return;
  const takes = most === 0 ? 'no words' : `\`${command.words}\``;
  throw usage(command, `\`${visibleText(extra)}\` is too many: it takes ${takes}`);
}

/** `bailiwick` itself starts these; they are known words all the same. */
const programs = ['up', 'demo', 'test', 'bench', 'requirements', 'soak', 'conformance', 'help'];

function unknownCommand(argv: readonly string[]): BailiwickError {
  const words = ownWords(argv).filter((word) => !word.startsWith('-'));
  const [noun = argv[0] ?? '', verb] = words;
  const ofNoun = commands.filter(({ name }) => name.startsWith(`${noun} `));
  if (ofNoun.length > 0) return unknownVerb(noun, verb, ofNoun);
  const nouns = commands.map(({ name }) => name.split(' ')[0] ?? name);
  const meant = nearest(noun, [...new Set(nouns), ...programs]);
  return unknownWord(
    `unknown command \`${noun}\``,
    meant,
    'read `bailiwick help` for every command',
  );
}

function unknownVerb(
  noun: string,
  verb: string | undefined,
  known: readonly Command[],
): BailiwickError {
  const verbs = known.map(({ name }) => name.slice(noun.length + 1));
  const all = `\`${noun}\` takes: ${verbs.join(', ')}`;
  if (verb === undefined) return unknownWord(`\`${noun}\` needs a verb`, undefined, all);
  const near = nearest(verb, verbs);
  const meant = near === undefined ? undefined : `${noun} ${near}`;
  return unknownWord(`unknown command \`${noun} ${verb}\``, meant, all);
}

function unknownWord(what: string, meant: string | undefined, todo: string): BailiwickError {
  const message = meant === undefined ? what : `${what}; did you mean \`${meant}\`?`;
  return new BailiwickError('cli/usage', { message, suggestedAction: todo });
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? '0.0.0';
}

/** What stands before `--`; behind it are the words of another command. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const command = commands.find(({ name }) => name === argv.slice(0, length).join(' '));
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  return undefined;
}

function inputFor(
  command: Command,
  { words, flags }: Pick<CommandInput, 'words' | 'flags'>,
  { env, userHome, write, writeError, readStdin, ask, kinds }: Terminal,
): CommandInput {
  const home = env['BAILIWICK_HOME'] ?? join(userHome, '.bailiwick');
  const data = typeof flags['data'] === 'string' ? flags['data'] : env['BAILIWICK_DATA'];
  const dataFolder = resolve(data ?? join(home, 'data'));
  return {
    words,
    flags,
    home,
    dataFolder,
    env,
    out: createOutput(formatOf(flags['output'], command), write),
    readStdin,
    note: writeError,
    ask,
    ...(kinds === undefined ? {} : { kinds }),
    request: createRequest({
      dataFolder,
      home,
      env,
      note: writeError,
      ask,
      byBrowser: flags['browser'] === true,
    }),
  };
}

function formatOf(given: unknown, command: Command): Format {
  const text: string = command.text ?? 'table';
  if (given === undefined || given === text) return 'table';
  if (given === 'json') return 'json';
  if (given === 'jsonl' && command.lines === true) return 'jsonl';
  const all = command.lines === true ? `json, jsonl or ${text}` : `json or ${text}`;
  throw new BailiwickError('cli/usage', { message: `\`-o\` takes ${all}` });
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Bailiwick: AI agents on production systems, provably under control.',
    '',
    'Usage: bailiwick COMMAND [flags]',
    '',
    '  up            start it here',
    '  demo          watch an agent be allowed, refused, held, executed once and recorded',
    '  test          run all checks',
    '  bench         measure it beside a bare proxy',
    '  requirements  what is proved, by which test',
    '  soak          long campaigns: thousands of kills, hours of fuzz',
    '  conformance   the official MCP suite, directly and through the gateway',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command has --help with examples, -o json and --data DIR.',
    '',
  ].join('\n');
}

function problemOf(fault: unknown): Problem {
  if (fault instanceof BailiwickError) {
    const { code, message, suggestedAction, details } = fault;
    return { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
  }
  if (
    typeof fault === 'object' &&
    fault !== null &&
    'code' in fault &&
    'suggestedAction' in fault
  ) {
    return fault as Problem;
  }
  return {
    code: 'gateway/internal',
    message: fault instanceof Error ? fault.message : 'unknown fault',
    suggestedAction: 'report this',
  };
}

function report(problem: Problem, argv: readonly string[], terminal: Terminal): number {
  const { code, message, suggestedAction, details } = problem;
  const json = /(^| )(-o ?json|--output[= ]json)( |$)/.test(ownWords(argv).join(' '));
  if (json) {
    const told = { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
    terminal.write(jsonLine(told));
  } else {
    terminal.writeError(
      `error: ${visibleText(message, { maxLength: 2_000 })} (${visibleText(code)})\n`,
    );
    const problems = details?.['problems'];
    for (const line of Array.isArray(problems) ? problems : []) {
      terminal.writeError(`  ${visibleText(String(line), { maxLength: 2_000 })}\n`);
    }
    terminal.writeError(`what to do: ${visibleText(suggestedAction)}\n`);
  }
  if (code === 'cli/usage') return exitCodes.usage;
  return code === 'cli/not-running' ? exitCodes.notRunning : exitCodes.refused;
}
