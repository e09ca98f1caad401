import { describe, expect, it } from 'vitest';
import { alone, type Fellow } from '#contracts/fellows.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createKeptPages, cursorOf, type KeptPages } from './kept-pages.ts';

const clock = { monotonic: () => 0 };
const by = (instance: string) => ({ tenant: 'main', instance, task: 't' });
const of = (instance: string) => ({
  principal: by(instance),
  call: 'c',
  target: toolTarget({ server: 'fake', tool: 'dump' }),
  arguments: {},
  argumentBytes: canonicalBytes({}),
});

function keep(pages: KeptPages, instance: string, bytes: number): string | undefined {
  const handle = pages.newHandle();
  return pages.keep(handle, of(instance), [Buffer.alloc(bytes)]) ? handle : undefined;
}

describe('pages that are kept', () => {
  it('are so many bytes for one instance, and nobody else’s are dropped for it', () => {
    const pages = createKeptPages(clock);
    const most = limits.keptPagesBytesEach - 2;
    expect(keep(pages, 'a', most + 1)).toBeUndefined();
    expect(keep(pages, 'a', most)).toBeDefined();
    expect(keep(pages, 'a', 0)).toBeUndefined();
    expect(pages.holds(by('a'))).toBe(true);
  });

  it('are there for a while', async () => {
    let now = 0;
    const pages = createKeptPages({ monotonic: () => now });
    const cursor = cursorOf(keep(pages, 'a', 0) ?? '', 2);
    const handle = pages.newHandle();
    pages.keep(handle, of('a'), [canonicalBytes({ content: [] })]);
    now = limits.keptPagesMs - 1;
    expect(await pages.find(by('a'), cursorOf(handle, 2))).toBeDefined();
    now += 1;
    expect(await pages.find(by('a'), cursorOf(handle, 2))).toBeUndefined();
    expect(await pages.find(by('a'), cursor)).toBeUndefined();
    expect(pages.holds(by('a'))).toBe(false);
  });

  it('are so many bytes in all', () => {
    const pages = createKeptPages(clock);
    const most = limits.keptPagesBytesEach - 2;
    const full = Math.floor(limits.keptPagesBytes / limits.keptPagesBytesEach);
    for (let at = 0; at < full; at += 1) expect(keep(pages, `i${at}`, most)).toBeDefined();
    expect(keep(pages, 'late', 0)).toBeUndefined();
    expect(pages.holds(by('i0'))).toBe(true);
  });

  it('are found from another gateway of the listener, by the same instance alone, and not when it is away', async () => {
    const first = createKeptPages(clock, { ...alone, index: 0 });
    const handle = first.newHandle();
    const page = { content: [{ type: 'text', text: 'more' }] };
    first.keep(handle, of('a'), [canonicalBytes(page)]);
    let away = false;
    const findPage = async (name: Parameters<KeptPages['findHere']>[0]) => {
      if (away) throw new Error('away');
      return first.findHere(name);
    };
    const other = { index: 0, ask: { findPage } } as unknown as Fellow;
    const second = createKeptPages(clock, { index: 1, others: [other] });
    const cursor = cursorOf(handle, 2);
    expect(await second.find(by('a'), cursor)).toMatchObject({ result: page, call: 'c', page: 2 });
    expect(await second.find(by('b'), cursor)).toBeUndefined();
    away = true;
    expect(await second.find(by('a'), cursor)).toBeUndefined();
  });
});
