import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/catalogue.ts';
import { commonFlags } from '../../src/cli/command.ts';
import { blocksOf, fileOf, reasonNotToRun, shapeOf } from './page-blocks.ts';
import { PageWorld, root } from './page-world.ts';

const page = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = blocksOf(page);

let world: PageWorld;
beforeAll(() => {
  world = new PageWorld();
});
afterAll(() => world.close());

describe('the README', () => {
  it('runs as it is printed, from its first block to its last', async () => {
    let printed = '';
    for (const block of blocks) {
      if (block.language === 'output') {
        expect(shapeOf(printed), world.said).toEqual(shapeOf(block.text));
      } else printed = (await world.play(block)) ?? printed;
    }
    expect(world.said).toMatch(
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
  'docs',
  'help',
]);

describe('what other pages print', () => {
  const pages = ['docs', 'docs/start'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
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
