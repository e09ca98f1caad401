import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allPages } from '../../console/app/all-pages.ts';
import { csvOf } from '../../console/app/csv.ts';
import { type Span, traceRows } from '../../console/app/trace-rows.ts';

function span(spanId: string, parentSpanId: string | undefined, startMs: number): Span {
  const rest = { traceId: 't', writer: 'w', name: spanId, kind: 'server', endMs: startMs } as const;
  const told = { ...rest, spanId, startMs, attributes: {}, events: [] };
  return parentSpanId === undefined ? told : { ...told, parentSpanId };
}

const drawn = (spans: readonly Span[]) =>
  traceRows(spans).map((row) =>
    row.kind === 'outside' ? `${row.depth} outside ${row.span}` : `${row.depth} ${row.span.spanId}`,
  );

describe('the steps of a trace', () => {
  it('stand below what called them, in the order of time, under a caller of whom nothing is on record [OBS-08]', () => {
    const spans = [
      span('b', 'prompt', 3),
      span('a-backend', 'a', 2),
      span('a', 'prompt', 1),
      span('b-backend', 'b', 4),
      span('alone', undefined, 5),
    ];
    expect(drawn(spans)).toEqual([
      '0 outside prompt',
      '1 a',
      '2 a-backend',
      '1 b',
      '2 b-backend',
      '0 alone',
    ]);
  });

  it('are each told once, whatever callers say of their parents: rings, and chains of ten thousand [OBS-08]', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'outside');
    const any = fc.array(
      fc.tuple(ids, fc.option(ids, { nil: undefined }), fc.nat(9)).map((told) => span(...told)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(any, (spans) => {
        const rows = traceRows(spans).flatMap((row) => (row.kind === 'span' ? [row.span] : []));
        expect(rows).toHaveLength(spans.length);
        expect(new Set(rows)).toEqual(new Set(spans));
      }),
      { seed: 20_261_128 },
    );
    const chain = Array.from({ length: 10_000 }, (_, at) => span(`s${at}`, `s${at - 1}`, at));
    expect(drawn(chain).at(-1)).toBe('10000 s9999');
  });
});

describe('what is taken away', () => {
  it('is no formula in a spreadsheet, whatever others wrote', () => {
    expect(
      csvOf(
        ['a', 'b'],
        [
          ['=HYPERLINK("x")', null],
          ['+1', -2],
        ],
      ),
    ).toBe(`a,b\r\n"'=HYPERLINK(""x"")",\r\n'+1,-2\r\n`);
    const cell = (text: string) => csvOf([], [[text]]).split('\r\n')[1];
    const signs = [
      '=1',
      '-1+1',
      '@1',
      '\t1',
      '\n=1',
      ' =1',
      '\u00a0=1',
      '\u3000+1',
      '\uff1d1',
      '|x',
      '%0',
    ];
    for (const text of signs) {
      expect(cell(text), text).toMatch(/^"?'/);
    }
    for (const text of ['-5', '-5.25', 'plain', ' plain', '']) expect(cell(text)).toBe(text);
  });

  it('is all of it, or as much as a browser takes, and says which', async () => {
    const page = async (after: string | undefined) => {
      const from = Number(after ?? 0);
      return { rows: [from, from + 1], next: from < 6 ? String(from + 2) : undefined };
    };
    expect(await allPages(100, page)).toEqual({ rows: [0, 1, 2, 3, 4, 5, 6, 7], isWhole: true });
    expect(await allPages(5, page)).toEqual({ rows: [0, 1, 2, 3, 4], isWhole: false });
    const stuck = async () => ({ rows: [1], next: 'same' });
    expect((await allPages(100, stuck)).rows.length).toBeLessThan(3);
  });
});
