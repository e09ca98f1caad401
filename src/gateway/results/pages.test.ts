import { array, assert, boolean, integer, jsonValue, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, type Json, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { withoutCutEnd } from './cut-end.ts';
import { type PageBounds, pagesOf as cutOf } from './pages.ts';
import { bytesOf, measure } from './size.ts';

type Blocks = readonly { readonly type: string; readonly text?: string }[];

const all = { pages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
/** INVARIANT: a page says of itself how large it is. */
function pagesOf(result: JsonObject, bounds: PageBounds): readonly JsonObject[] {
  return cutOf(result, bounds, all).pages.map(({ page, bytes }) => {
    expect(bytes).toBe(canonicalBytes(page).length);
    return page;
  });
}

const blocksOf = ({ content }: JsonObject): Blocks => content as unknown as Blocks;
const rowsOf = ({ structuredContent }: JsonObject): readonly Json[] =>
  (structuredContent as { readonly rows?: readonly Json[] } | undefined)?.rows ?? [];

describe('a result in pages', () => {
  it('says all of it, in order, and no page is larger than it may be, but for what cannot be cut', () => {
    const texts = array(string({ unit: 'binary', maxLength: 3_000 }), { maxLength: 8 });
    const rows = array(record({ id: integer(), name: string({ maxLength: 200 }) }), {
      maxLength: 300,
    });
    assert(
      property(
        texts,
        rows,
        boolean(),
        integer({ min: 1, max: 50 }),
        (some, table, hasRows, most) => {
          const content = some.map((text) => ({
            type: 'text',
            text: text.repeat(3).toWellFormed(),
          }));
          const structured = hasRows ? { structuredContent: { total: 3, rows: table } } : {};
          const pages = pagesOf(
            { content, ...structured, isError: true },
            { bytes: 8_192, rows: most },
          );
          const told = pages.flatMap(blocksOf).map(({ text = '' }) => text);
          expect(told.join('')).toBe(content.map(({ text }) => text).join(''));
          expect(pages.flatMap(rowsOf)).toEqual(hasRows ? table : []);
          for (const page of pages) {
            expect(bytesOf(page)).toBeLessThanOrEqual(8_192);
            expect(rowsOf(page).length).toBeLessThanOrEqual(most);
            expect(page['isError']).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends a text between two lines where it has any', () => {
    const lines = Array.from({ length: 2_000 }, (_, at) => `line ${at}\n`).join('');
    const pages = pagesOf({ content: [{ type: 'text', text: lines }] }, { bytes: 8_192, rows: 10 });
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(blocksOf(page)[0]?.text).toMatch(/\n$/);
  });

  it('never cuts a picture nor a row, and says as text what structured content cannot be cut', () => {
    const image = { type: 'image', mimeType: 'image/png', data: 'A'.repeat(20_000) };
    const pages = pagesOf({ content: [image, image] }, { bytes: 8_192, rows: 10 });
    expect(pages.map(blocksOf)).toEqual([[image], [image]]);
    const structuredContent = { text: 'x'.repeat(20_000) };
    const [first, ...more] = pagesOf(
      { content: [], structuredContent },
      { bytes: 8_192, rows: 10 },
    );
    expect(first?.['structuredContent']).toBeUndefined();
    const told = [first ?? {}, ...more].flatMap(blocksOf).map(({ text }) => text);
    expect(JSON.parse(told.join(''))).toEqual(structuredContent);
  });
});

describe('the work of cutting', () => {
  /** How many bytes are measured in all, however it is cut, for each byte of the result. */
  function workOf(result: JsonObject, bounds: PageBounds, keep = all): number {
    let work = 0;
    const counted = (bytes: number): number => {
      work += bytes;
      return bytes;
    };
    cutOf(result, bounds, keep, {
      of: (value) => counted(measure.of(value)),
      letters: (text, from, to) => counted(measure.letters(text, from, to)),
      endOf(text, from, bytes) {
        const end = measure.endOf(text, from, bytes);
        counted(measure.letters(text, from, end));
        return end;
      },
    });
    return work / bytesOf(result);
  }
  const rows = (count: number): Json => Array.from({ length: count }, () => 0);
  const text = (letters: number, beside: JsonObject = {}): JsonObject => ({
    content: [{ type: 'text', text: 'abcd efg\n"é'.repeat(letters / 11), ...beside }],
  });
  const small: PageBounds = { bytes: 8_192, rows: 500 };

  it('is so many times its bytes, and no more for a larger result', () => {
    const results = [
      (size: number) => text(size),
      (size: number) => text(size, { _meta: { pad: 'p'.repeat(1_000) } }),
      (size: number) => ({ content: [], structuredContent: { rows: rows(size / 2) } }),
      (size: number) => ({ content: [], structuredContent: { pad: 'p'.repeat(size) } }),
      (size: number) => ({ content: rows(size / 2) }),
    ];
    for (const of of results) {
      expect(workOf(of(100_000), small)).toBeLessThan(5);
      expect(workOf(of(1_600_000), small)).toBeLessThan(5);
    }
  });

  it('says no large frame again on each page: beside rows, nor beside a text', () => {
    const pad = 'p'.repeat(limits.resultFrameBytes);
    const result = { content: [], structuredContent: { pad, rows: rows(200_000) } };
    const bounds = { bytes: limits.resultPageBytes, rows: 500 };
    const told = pagesOf(result, bounds);
    expect(told.reduce((sum, page) => sum + bytesOf(page), 0)).toBeLessThan(2 * bytesOf(result));
    expect(
      pagesOf({ content: [], structuredContent: { pad: 'p', rows: rows(1_000) } }, bounds),
    ).toHaveLength(2);
    expect(pagesOf(text(200_000, { _meta: { pad } }), small)).toHaveLength(1);
  });

  it('ends where no more may be kept: at so many pages, at so many bytes', () => {
    const result = text(3_000_000);
    const byPages = cutOf(result, small, { ...all, pages: limits.resultPages });
    expect(byPages).toMatchObject({ isWhole: false });
    expect(byPages.pages).toHaveLength(limits.resultPages);
    const byBytes = cutOf(result, small, { ...all, bytes: 0 });
    expect(byBytes).toMatchObject({ isWhole: false });
    expect(byBytes.pages).toHaveLength(2);
    expect(cutOf(text(50_000), small, { pages: limits.resultPages, bytes: 1e6 }).isWhole).toBe(
      true,
    );
  });

  it('measures the very bytes of the wire', () => {
    assert(
      property(jsonValue(), string({ unit: 'binary' }), (value, one) => {
        const some = [value as Json, one.toWellFormed(), { [one.toWellFormed()]: -0 }];
        expect(bytesOf(some)).toBe(canonicalBytes(some).length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a result that was cut off', () => {
  const end = limits.laneHeldBytes;

  it('loses so much of its last text as a lane of a stream holds back', () => {
    const text = 'x'.repeat(end + 10);
    const content = [
      { type: 'text', text: 'whole' },
      { type: 'text', text },
    ];
    const path = ['content', 1, 'text'];
    expect(withoutCutEnd({ content }, path)).toEqual({
      content: [
        { type: 'text', text: 'whole' },
        { type: 'text', text: 'x'.repeat(10) },
      ],
    });
    const untold = withoutCutEnd({ content: [{ text }] }, ['content', 0, 'text']);
    expect(untold).toEqual({ content: [{ type: 'text', text: 'x'.repeat(10) }] });
    const short = [{ type: 'text', text: 'x'.repeat(end) }];
    expect(withoutCutEnd({ content: short }, ['content', 0, 'text'])).toEqual({ content: [] });
  });

  it('loses its last rows, the one that was cut among them, and a picture that was not whole', () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, name: 'n'.repeat(20) }));
    const told = withoutCutEnd({ structuredContent: { rows } }, [
      'structuredContent',
      'rows',
      9_999,
      'name',
    ]);
    const kept = rowsOf(told);
    expect(kept).toEqual(rows.slice(0, kept.length));
    expect(bytesOf(rows.slice(kept.length))).toBeGreaterThan(end);
    const content = [
      { type: 'text', text: 'a' },
      { type: 'image', data: 'AAAA' },
    ];
    expect(withoutCutEnd({ content }, ['content', 1, 'data'])['content']).toEqual([content[0]]);
    expect(withoutCutEnd({ content, _meta: { a: 'b' } }, ['_meta', 'a'])).toEqual({ content });
  });
});
