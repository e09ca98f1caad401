import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/catalogue.ts';
import { commonFlags } from '../../src/cli/command.ts';
import { compiled, stopChild } from './instance.ts';
import { type Block, blocksOf, fileOf, reasonNotToRun, shapeOf } from './page-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = blocksOf(page);

let folder: string;
let product: ChildProcess | undefined;
let said = '';

/** As the launcher does once everything is installed; what it does before has a test of its own. */
const launcher = `#!/bin/sh
command=\${1:-help}
[ $# -gt 0 ] && shift
case $command in
  up | demo | connect) entry=src/programs/$command/main.ts ;;
  *) entry=src/cli/main.ts; set -- "$command" "$@" ;;
esac
exec '${process.execPath}' --no-turbo-inline-js-wasm-calls --disable-warning=ExperimentalWarning \\
  "${root}/$entry" "$@"
`;

/** A clone as a newcomer has it, in a home where nothing is yet. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-readme-'));
  for (const part of ['examples', 'sdk', 'src', 'node_modules', 'package.json']) {
    symlinkSync(join(root, part), join(folder, part));
  }
  writeFileSync(join(folder, 'bailiwick'), launcher, { mode: 0o755 });
  mkdirSync(join(folder, 'home'));
});

afterAll(async () => {
  if (product !== undefined) await stopChild(product);
  rmSync(folder, { recursive: true, force: true });
});

const environment = () => ({
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  HOME: join(folder, 'home'),
  NODE_COMPILE_CACHE: compiled,
});

/** The page's ports may be taken by somebody's own instance. */
const freePorts = { BAILIWICK_GATEWAY: '127.0.0.1:0', BAILIWICK_CONTROL: '127.0.0.1:0' };

function start(text: string): ChildProcess {
  const child = spawn('sh', ['-euc', text], {
    cwd: folder,
    env: { ...environment(), ...freePorts },
  });
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return child;
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

function run(text: string): Promise<Ran> {
  const child = spawn('sh', ['-euc', text], { cwd: folder, env: environment() });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, error })));
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 300) throw new Error(`it did not come true: ${what}\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function told(command: string): Promise<Record<string, unknown>> {
  const { code, out, error } = await run(`./bailiwick ${command} -o json`);
  if (code !== 0) throw new Error(`${command}: ${out}${error}`);
  return JSON.parse(out) as Record<string, unknown>;
}

type Items = readonly Record<string, unknown>[];

/** A word in capitals stands for what the list before it has shown. */
async function filled(text: string): Promise<string> {
  let whole = text;
  if (/approve ID\b/.test(text)) {
    const lists = whole.slice(0, whole.indexOf('./bailiwick approval approve ID'));
    const before = await run(lists);
    if (before.code !== 0) throw new Error(before.out + before.error);
    const { approvals } = await told('approval list');
    whole = whole.slice(lists.length).replace('ID', String((approvals as Items)[0]?.['id']));
  }
  if (whole.includes('RECORD')) {
    const { records } = await told('audit tail');
    const record = (records as Items)[0]?.['record'] as { readonly id: string };
    whole = whole.replace('RECORD', record.id);
  }
  return whole;
}

/** It runs, and what it keeps open is up before the next block. */
async function runBlock(block: Block): Promise<string> {
  if (block.text.startsWith('# in a terminal of its own\n')) {
    product = start(`exec ${block.text.split('\n')[1] ?? ''}`);
    const place = join(folder, 'home', '.bailiwick', 'data', 'run', 'instance.json');
    await until('it is up', () => existsSync(place));
    return '';
  }
  if (product !== undefined && block.text.includes('tool list')) {
    const link = join(folder, 'home', '.bailiwick', 'data', 'run', 'setup-link');
    expect(said).toContain(readFileSync(link, 'utf8').trim());
  }
  const { code, out, error } = await run(await filled(block.text));
  expect({ line: block.line, code, error: code === 0 ? '' : out + error }).toEqual({
    line: block.line,
    code: 0,
    error: '',
  });
  said += error;
  return out;
}

/** A document is written where its first line says; with a product that runs, it comes into force. */
async function writeFile(block: Block, file: string): Promise<void> {
  const configuration = async () => {
    const status = await told('status');
    const number = (status['snapshot'] as Record<string, unknown>)['number'];
    const items = status['readiness'] as Items;
    const isGreen = items.some(({ item, state }) => item === 'configuration' && state === 'green');
    return { number: Number(number), isGreen };
  };
  const isWatched = product !== undefined && file.endsWith('.yaml');
  const before = isWatched ? await configuration() : undefined;
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), block.text);
  if (before === undefined) return;
  await until(`${file} is in force`, async () => {
    const now = await configuration();
    return now.isGreen && now.number > before.number;
  });
}

describe('the README', () => {
  it('runs as it is printed, from its first block to its last', async () => {
    let printed = '';
    for (const block of blocks) {
      const file = fileOf(block);
      if (block.language === 'output') expect(shapeOf(printed), said).toEqual(shapeOf(block.text));
      else if (file !== undefined) await writeFile(block, file);
      else if (block.language === 'sh' && reasonNotToRun(block) === undefined) {
        printed = await runBlock(block);
      }
    }
    expect(said).toMatch(
      /\nNext, .*\n {2}1\. .*setup .*\n {2}2\. .*tool list.*\n {2}3\. .*connect --agent/,
    );
  }, 240_000);

  it('has no block that nobody looks at: each is run, written, compared, a drawing, or says why not', () => {
    const kinds = blocks.map((block) => {
      if (block.language === 'text') return 'drawing';
      if (block.language === 'output') return 'compared';
      if (fileOf(block) !== undefined) return 'written';
      if (block.language === 'sh') return reasonNotToRun(block) === undefined ? 'run' : 'not run';
      return `line ${block.line}: ${block.language}`;
    });
    expect([...new Set(kinds)].sort()).toEqual([
      'compared',
      'drawing',
      'not run',
      'run',
      'written',
    ]);
    const reasons = blocks.map(reasonNotToRun).filter((reason) => reason !== undefined);
    expect(reasons).toEqual(['each of these takes minutes, and the first runs that test']);
  });
});

/** Started by the launcher itself, with flags of their own. */
const programs = new Set([
  'up',
  'demo',
  'test',
  'bench',
  'requirements',
  'soak',
  'conformance',
  'help',
]);

describe('what other pages print', () => {
  const pages = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const examples = readdirSync(join(root, 'examples')).map((name) =>
    join('examples', name, 'README.md'),
  );

  it('are commands that exist, with words and flags that they take', async () => {
    for (const name of [...pages, ...examples.filter((one) => existsSync(join(root, one)))]) {
      for (const block of blocksOf(readFileSync(join(root, name), 'utf8'))) {
        if (block.language !== 'sh') continue;
        const parsed = spawn('sh', ['-n', '-c', block.text]);
        const code = await new Promise((resolve) => parsed.on('close', resolve));
        expect({ name, line: block.line, code }).toEqual({ name, line: block.line, code: 0 });
        for (const [, words = ''] of block.text.matchAll(/\.\/bailiwick ([a-z][^|;&)"\n]*)/g)) {
          expect({ name, words, wrong: wrongWith(words) }).toEqual({
            name,
            words,
            wrong: undefined,
          });
        }
      }
    }
  });
});

function wrongWith(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  const command = commands.find(({ name }) =>
    [words.slice(0, 2).join(' '), words[0]].includes(name),
  );
  if (command === undefined) return programs.has(words[0] ?? '') ? undefined : 'no such command';
  const known = new Set(Object.keys({ ...command.flags, ...commonFlags }));
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const flags = own
    .filter((word) => word.startsWith('--'))
    .map((word) => word.slice(2).split('=')[0] ?? '');
  return flags.find((flag) => !known.has(flag));
}
