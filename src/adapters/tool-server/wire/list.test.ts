import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { collectTools } from './list.ts';

function tools(...names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ name, inputSchema: {} }));
}

/** Answers page after page; the cursor is the number of the next one. */
function paged(...pages: readonly JsonObject[][]) {
  return (cursor: string | undefined): Promise<JsonObject> => {
    const at = Number(cursor ?? 0);
    const next = at + 1 < pages.length ? { nextCursor: `${at + 1}` } : {};
    return Promise.resolve({ tools: pages[at] ?? [], ...next });
  };
}

describe('the list of a tool server', () => {
  it('is all of its pages', async () => {
    const found = await collectTools(paged(tools('a'), tools('b', 'c')));
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('ends where a page has no cursor, or null for one; an empty text is a cursor', async () => {
    const asked: (string | undefined)[] = [];
    const found = await collectTools((cursor) => {
      asked.push(cursor);
      const nextCursor = cursor === undefined ? '' : null;
      return Promise.resolve({ tools: tools(`t${asked.length}`), nextCursor });
    });
    expect(found.map(({ name }) => name)).toEqual(['t1', 't2']);
    expect(asked).toEqual([undefined, '']);
  });

  it('has as many tools as its cap, and one more is a fault of the server', async () => {
    const names = Array.from({ length: limits.toolsPerServer }, (_, at) => `t${at}`);
    expect(await collectTools(paged(tools(...names)))).toHaveLength(limits.toolsPerServer);
    await expect(collectTools(paged(tools(...names), tools('more')))).rejects.toMatchObject({
      code: 'tools/upstream-protocol',
      message: expect.stringContaining('too many tools'),
    });
  });

  it('names a tool in as many bytes as its cap, and not more', async () => {
    const longest = 'n'.repeat(limits.toolNameBytes);
    expect(await collectTools(paged(tools(longest)))).toHaveLength(1);
    await expect(collectTools(paged(tools(`${longest}n`)))).rejects.toThrow(/name .* too long/);
  });

  it('defines a tool in as many bytes as its cap, and not more', async () => {
    const empty = Buffer.byteLength('{"description":"","inputSchema":{},"name":"a"}');
    const sized = (bytes: number): JsonObject[] => [
      { name: 'a', inputSchema: {}, description: 'd'.repeat(bytes - empty) },
    ];
    expect(await collectTools(paged(sized(limits.toolDefinitionBytes)))).toHaveLength(1);
    await expect(collectTools(paged(sized(limits.toolDefinitionBytes + 1)))).rejects.toThrow(
      /too large/,
    );
  });

  it('is whole or a fault: a page that comes twice, a name that comes twice, an answer that is no list', async () => {
    const again = () => Promise.resolve({ tools: [], nextCursor: 'x' });
    await expect(collectTools(again)).rejects.toThrow(/came twice/);
    await expect(collectTools(paged(tools('a'), tools('a')))).rejects.toThrow(/same name/);
    await expect(collectTools(() => Promise.resolve({}))).rejects.toThrow(/no tools/);
  });
});
