import type { AnswerOf } from '../../sdk/api/index.ts';

export type Span = AnswerOf<'GET /v1/audit/traces/{trace}'>['spans'][number];

export type TraceRow =
  | { readonly kind: 'outside'; readonly span: string; readonly depth: number }
  | { readonly kind: 'span'; readonly span: Span; readonly depth: number };

/**
 * Each span below the one that called it, in the order of time; what no record tells of is named as the caller's.
 * INVARIANT: every span has one row, whatever its caller said of its parent: also of a ring, and of a chain without end.
 */
export function traceRows(spans: readonly Span[]): readonly TraceRow[] {
  const inTime = spans.toSorted((one, other) => one.startMs - other.startMs);
  const known = new Set(inTime.map(({ spanId }) => spanId));
  const below = Map.groupBy(inTime, ({ parentSpanId }) => parentSpanId ?? '');
  const told = new Set<Span>();
  const rows: TraceRow[] = [];
  const walk = (from: readonly Span[], depth: number): void => {
    const open = from.toReversed().map((span) => ({ span, depth }));
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (told.has(one.span)) continue;
      told.add(one.span);
      rows.push({ kind: 'span', ...one });
      const children = below.get(one.span.spanId) ?? [];
      const next = one.depth + 1;
      open.push(...children.toReversed().map((span) => ({ span, depth: next })));
    }
  };
  for (const [parent, children] of below) {
    if (known.has(parent)) continue;
    if (parent !== '') rows.push({ kind: 'outside', span: parent, depth: 0 });
    walk(children, parent === '' ? 0 : 1);
  }
  // Spans that name each other as their caller stand below nothing.
  walk(inTime, 0);
  return rows;
}
