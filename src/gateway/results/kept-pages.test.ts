import { describe, expect, it } from 'vitest';
import { alone, type Fellow } from '#contracts/fellows.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createKeptPages, cursorOf, type KeptPages, type PagesOf } from './kept-pages.ts';

const clock = { monotonic: () => 0 };
const by = (instance: string, agent = 'a', tenant = 'main') => ({
  tenant,
  agent,
  instance,
  task: 't',
});
const of = (instance: string, agent?: string, tenant?: string) => ({
  principal: by(instance, agent, tenant),
  call: 'c',
  target: toolTarget({ server: 'fake', tool: 'dump' }),
  arguments: {},
  argumentBytes: canonicalBytes({}),
});

function keep(pages: KeptPages, whose: PagesOf | string, bytes: number): string | undefined {
  const handle = pages.newHandle();
  const own = typeof whose === 'string' ? of(whose) : whose;
  return pages.keep(handle, own, [Buffer.alloc(bytes)]) ? handle : undefined;
}

describe('pages that are kept', () => {
  it('are so many bytes for one agent, whichever instance, and nobody else’s are dropped for it', () => {
    const pages = createKeptPages(clock);
    const most = limits.keptPagesBytesEach - 2;
    expect(keep(pages, 'a', most + 1)).toBeUndefined();
    expect(keep(pages, 'a', most)).toBeDefined();
    expect(keep(pages, 'a', 0)).toBeUndefined();
    expect(keep(pages, 'b', 0)).toBeUndefined();
    expect(pages.roomFor(of('a'))).toBe(0);
    expect(keep(pages, of('a', 'other'), most)).toBeDefined();
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

  it('are so many bytes for one tenant, and in all, each agent with its share', () => {
    const pages = createKeptPages(clock);
    const most = limits.keptPagesBytesEach - 2;
    const inOne = Math.floor(limits.keptPagesBytesPerTenant / limits.keptPagesBytesEach);
    const tenants = Math.floor(limits.keptPagesBytes / limits.keptPagesBytesPerTenant);
    for (let at = 0; at < tenants; at += 1) {
      const tenant = `t${at}`;
      for (let agent = 0; agent < inOne; agent += 1) {
        expect(keep(pages, of('i', `a${agent}`, tenant), most)).toBeDefined();
      }
      expect(keep(pages, of('i', 'late', tenant), 0)).toBeUndefined();
    }
    expect(keep(pages, of('i', 'late', 'late'), 0)).toBeUndefined();
    expect(pages.holds(by('i', 'a0', 't0'))).toBe(true);
  });

  it('have one cursor each, in one form', async () => {
    const pages = createKeptPages(clock);
    const handle = pages.newHandle();
    pages.keep(handle, of('a'), [canonicalBytes({ content: [] })]);
    expect(await pages.find(by('a'), cursorOf(handle, 2))).toBeDefined();
    const aliases = [`${handle}.02`, `${handle}.00002`, `0${handle}.2`, `${handle}.2 `];
    for (const alias of aliases) expect(await pages.find(by('a'), alias)).toBeUndefined();
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
