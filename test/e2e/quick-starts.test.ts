import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf, fileOf, shapeOf } from './page-blocks.ts';
import { PageWorld, root } from './page-world.ts';

const folder = join(root, 'docs', 'start');
/** One story: each begins where the one before ends. */
const story = ['platform-engineer', 'agent-developer', 'approver', 'analyst', 'auditor'];
const pageOf = (name: string) => readFileSync(join(folder, `${name}.md`), 'utf8');

let world: PageWorld;
beforeAll(() => {
  world = new PageWorld();
});
afterAll(() => world.close());

describe('the quick starts', () => {
  it.each(story)(
    'of the %s runs as it is printed, with the rights of who reads it',
    async (name) => {
      const page = pageOf(name);
      world.readAs(/<!-- as: (\w+) -->/.exec(page)?.[1] ?? '');
      let printed = '';
      for (const block of blocksOf(page)) {
        if (block.language === 'output') expect(shapeOf(printed)).toEqual(shapeOf(block.text));
        else printed = (await world.play(block)) ?? printed;
      }
      expect(printed).not.toBe('');
    },
    120_000,
  );

  it('are these and no others, each with a block that is run and none that nobody looks at', () => {
    const pages = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
    expect(pages.sort()).toEqual(['README', ...story].sort());
    const isLookedAt = (block: Block) =>
      ['sh', 'output'].includes(block.language) || fileOf(block) !== undefined;
    for (const name of story) {
      const blocks = blocksOf(pageOf(name));
      expect(blocks.some(({ language }) => language === 'sh')).toBe(true);
      expect(blocks.filter((block) => !isLookedAt(block))).toEqual([]);
    }
  });

  it('lead nowhere that is not there', () => {
    const counts: number[] = [];
    for (const name of ['README', ...story]) {
      const links = [...pageOf(name).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, to = '']) => to);
      counts.push(links.length);
      const gone = links.filter((to) => !existsSync(join(dirname(join(folder, name)), to)));
      expect({ name, gone }).toEqual({ name, gone: [] });
    }
    expect(Math.max(...counts)).toBeGreaterThan(3);
  });
});
