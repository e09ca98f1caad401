import { describe, expect, it } from 'vitest';
import { byName, firstVersions, type ObjectVersion, overlaidIn } from './versions.ts';

const version = (name: string, id: string): ObjectVersion => ({ name, id, isMark: false });

async function* pagesOf(pages: readonly (readonly ObjectVersion[])[]) {
  yield* pages;
}

async function groupsOf(pages: readonly (readonly ObjectVersion[])[]) {
  const groups: (readonly ObjectVersion[])[] = [];
  for await (const group of byName(pagesOf(pages))) groups.push(group);
  return groups;
}

describe('a list of versions that comes in pages', () => {
  it('is cut so that all versions of one name come together, wherever a page ends', async () => {
    const all = ['a', 'b', 'b', 'b', 'c', 'd', 'd'].map((name, at) => version(name, `v${at}`));
    for (let size = 1; size <= all.length; size += 1) {
      const pages = [];
      for (let at = 0; at < all.length; at += size) pages.push(all.slice(at, at + size));
      const groups = await groupsOf(pages);
      expect(groups.flat()).toEqual(all);
      const overlaid = groups.flatMap((group) => overlaidIn(group));
      expect(overlaid.map(({ name }) => name)).toEqual(['b', 'd']);
      const firsts = groups.flatMap((group) => [...firstVersions(group).values()]);
      expect(firsts.map(({ id }) => id)).toEqual(['v0', 'v3', 'v4', 'v6']);
    }
  });

  it('holds no more at once than a page and the versions of one name', async () => {
    const pages = Array.from({ length: 50 }, (_, page) =>
      Array.from({ length: 20 }, (_one, at) =>
        version(String(page * 20 + at).padStart(5, '0'), 'v'),
      ),
    );
    const groups = await groupsOf(pages);
    expect(groups.flat()).toHaveLength(1_000);
    expect(Math.max(...groups.map((group) => group.length))).toBeLessThanOrEqual(21);
  });
});
