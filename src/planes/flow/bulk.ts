import type { BulkBound, BulkFacts } from '#kernel/decision.ts';
import type { Labels } from '#kernel/label.ts';
import type { FlowBulk, ToolFlow } from '#kernel/tool.ts';
import { leavesBy } from './clearance.ts';

type Amounts = Pick<BulkFacts, 'rows' | 'bytes' | 'within'>;

export function bulkFacts(bulk: FlowBulk, amounts: Amounts, labels: Labels): BulkFacts {
  const { call, window } = bulk;
  return {
    ...amounts,
    most: { call, window },
    over: boundsOver(bulk, amounts),
    labels,
    refuses: bulk.refuses === true,
  };
}

/** Which bounds are passed. */
export function boundsOver(
  { call, window }: FlowBulk,
  { rows, bytes, within }: Amounts,
): readonly BulkBound[] {
  const isOver: Readonly<Record<BulkBound, boolean>> = {
    rows: rows > call.rows,
    bytes: bytes > call.bytes,
    'window-rows': within.rows > window.rows,
    'window-bytes': within.bytes > window.bytes,
    'window-calls': within.calls > window.calls,
  };
  return (Object.keys(isOver) as BulkBound[]).filter((bound) => isOver[bound]);
}

/** Which kinds of ways out a tool is: what goes out by one tool and by another adds up. */
export function waysOf(flow: ToolFlow | undefined): readonly string[] {
  if (flow === undefined) return ['unknown'];
  const kinds = new Set(Object.values(flow.sinks));
  const outside = (['recipient', 'url'] as const).filter((kind) => kinds.has(kind));
  if (outside.length > 0) return outside;
  return leavesBy({ flow }) ? ['unknown'] : [];
}
