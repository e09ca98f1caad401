import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { visibleText } from '#kernel/text/index.ts';
import { createControlClient } from '../../sdk/index.ts';
import { commands } from './catalogue.ts';
import { type Command, type CommandInput, helpText, parseFlags } from './command.ts';
import { controlUrl, readCredential } from './connection.ts';
import { createOutput, type Format } from './output.ts';

/** 0 done · 1 a finding, such as an inconsistent log · 2 unwitnessed · 3 refused · 4 usage · 5 not running. */
const exitCodes = { refused: 3, usage: 4, notRunning: 5 } as const;

async function main(argv: readonly string[]): Promise<number> {
  const found = findCommand(argv);
  if (found === undefined) {
    const asked = argv[0] === undefined || ['help', '--help', '-h'].includes(argv[0]);
    process.stdout.write(overview());
    return asked ? 0 : exitCodes.usage;
  }
  const { command, rest } = found;
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(helpText(command));
    return 0;
  }
  const { words, flags } = parseFlags(command, rest);
  return (await command.run(inputFor(words, flags))) ?? 0;
}

function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === argv.slice(0, length).join(' '));
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  return undefined;
}

function inputFor(words: readonly string[], flags: CommandInput['flags']): CommandInput {
  const { env } = process;
  const home = env['BAILIWICK_HOME'] ?? join(homedir(), '.bailiwick');
  const data = typeof flags['data'] === 'string' ? flags['data'] : env['BAILIWICK_DATA'];
  const dataFolder = resolve(data ?? join(home, 'data'));
  return {
    words,
    flags,
    home,
    dataFolder,
    env,
    out: createOutput(formatOf(flags['output']), (text) => process.stdout.write(text)),
    readStdin,
    async request(method, path, body) {
      const client = createControlClient({
        url: controlUrl(dataFolder, env),
        credential: await readCredential(home, dataFolder, env),
      });
      return client.request(method, path, body);
    },
  };
}

function formatOf(given: unknown): Format {
  if (given === undefined || given === 'table') return 'table';
  if (given === 'json') return 'json';
  throw new BailiwickError('cli/usage', { message: '`-o` takes json or table' });
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
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

function report(problem: Problem): number {
  const { code, message, suggestedAction, details } = problem;
  const json = /(^| )(-o ?json|--output[= ]json)( |$)/.test(process.argv.slice(2).join(' '));
  if (json) {
    const told = { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
    process.stdout.write(`${canonicalText(told)}\n`);
  } else {
    process.stderr.write(`error: ${visibleText(message, { maxLength: 2_000 })} (${code})\n`);
    const problems = details?.['problems'];
    for (const line of Array.isArray(problems) ? problems : []) {
      process.stderr.write(`  ${visibleText(String(line), { maxLength: 2_000 })}\n`);
    }
    process.stderr.write(`what to do: ${visibleText(suggestedAction)}\n`);
  }
  if (code === 'cli/usage') return exitCodes.usage;
  return code === 'cli/not-running' ? exitCodes.notRunning : exitCodes.refused;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (fault: unknown) => {
    process.exitCode = report(problemOf(fault));
  },
);
