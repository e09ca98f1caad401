import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
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
import { firstSentence, mostWide, nounHelp } from './noun-help.ts';
import { cell, createOutput, type Format, inTableWidth, jsonLine } from './output.ts';
import { nearest, nearestOnes } from './suggest.ts';
import { type Look, watch } from './watch.ts';

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
  /** How wide it is; undefined where something else reads what is printed. */
  readonly columns?: number;
  /** Waits before `--watch` looks again; false when nobody wants it to. */
  readonly pause?: () => Promise<boolean>;
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
    const help = helpWithoutCommand(argv, asked);
    if (help === undefined) throw unknownCommand(argv);
    terminal.write(help);
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
  const columns = flags['wide'] === true ? Infinity : (terminal.columns ?? Infinity);
  const look: Look = async (write) => {
    const input = inputFor(command, { words, flags }, { ...terminal, write });
    return (await inTableWidth(columns, () => command.run(input))) ?? 0;
  };
  if (flags['watch'] !== true) return look(terminal.write);
  const isScreen = terminal.columns !== undefined && flags['output'] === undefined;
  return watch(look, { ...terminal, isScreen, pause: terminal.pause ?? (async () => false) });
}

/** Of everything, or of one noun: `help audit`, `audit --help`, `audit help`. */
function helpWithoutCommand(argv: readonly string[], asked: string): string | undefined {
  const words = ['help', '--help', '-h'];
  const own = ownWords(argv);
  const noun = own.find((word) => !words.includes(word));
  const verbs = commands.filter(({ name }) => name.startsWith(`${noun ?? ''} `));
  const isHelp = own.some((word) => words.includes(word));
  if (isHelp && noun !== undefined && verbs.length > 0) return nounHelp(noun, verbs);
  return words.includes(asked) ? overview() : undefined;
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
const programs = [
  'up',
  'demo',
  'test',
  'bench',
  'requirements',
  'soak',
  'conformance',
  'docs',
  'help',
];

function unknownCommand(argv: readonly string[]): BailiwickError {
  const words = ownWords(argv).filter((word) => !word.startsWith('-'));
  const [noun = argv[0] ?? '', verb] = words;
  const ofNoun = commands.filter(({ name }) => name.startsWith(`${noun} `));
  if (ofNoun.length > 0) return unknownVerb(noun, verb, ofNoun);
  const nouns = commands.map(({ name }) => name.split(' ')[0] ?? name);
  // `hold` is one of the verbs of `audit`: whoever leaves the noun out means those.
  const inside = commands.filter(({ name }) => name.split(' ').slice(1).includes(noun));
  const near = nearest(noun, [...new Set(nouns), ...programs]);
  const names = near === undefined ? inside.slice(0, 3).map(({ name }) => name) : [near];
  const meant = names.length === 0 ? undefined : names.join('`, `');
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
  const near = nearestOnes(verb, verbs).map((one) => `${noun} ${one}`);
  const meant = near.length === 0 ? undefined : near.join('`, `');
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
  if (given === 'yaml' && command.yaml === true) return 'yaml';
  const others = [
    ...(command.lines === true ? ['jsonl'] : []),
    ...(command.yaml === true ? ['yaml'] : []),
  ];
  const all = ['json', ...others].join(', ').concat(` or ${text}`);
  throw new BailiwickError('cli/usage', { message: `\`-o\` takes ${all}` });
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const room = mostWide - width - 5;
  return [
    'Bailiwick: AI agents on production systems, provably under control.',
    '',
    'Usage: bailiwick COMMAND [flags]',
    '',
    '  up            start it here',
    '  demo          watch an agent be allowed, refused, held, and recorded',
    '  test          run all checks',
    '  bench         measure it beside a bare proxy',
    '  requirements  what is proved, by which test',
    '  docs          the documentation as a site of static pages',
    '  soak          long campaigns: thousands of kills, hours of fuzz',
    '  conformance   the official MCP suite, directly and through the gateway',
    '',
    ...commands.map(
      ({ name, summary }) => `  ${name.padEnd(width)}  ${cell(firstSentence(summary), room)}`,
    ),
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

const mostDetails = 12;

/** INVARIANT: what an error speaks of is shown where the error is shown. */
function detailLines(details: JsonObject | undefined): readonly string[] {
  const { problems, ...others } = details ?? {};
  const listed = Array.isArray(problems) ? problems.map(detailText) : [];
  const rest = Object.entries(others).map(([name, value]) => `${name}: ${detailText(value)}`);
  const cut = rest.length > mostDetails ? ['all of them: `-o json`'] : [];
  return [...listed, ...rest.slice(0, mostDetails), ...cut];
}

function detailText(value: Json): string {
  return typeof value === 'string' ? value : canonicalText(value);
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
    for (const line of detailLines(details)) {
      terminal.writeError(`  ${visibleText(line, { maxLength: 2_000 })}\n`);
    }
    terminal.writeError(`what to do: ${visibleText(suggestedAction)}\n`);
  }
  if (code === 'cli/usage') return exitCodes.usage;
  return code === 'cli/not-running' ? exitCodes.notRunning : exitCodes.refused;
}
