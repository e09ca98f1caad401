import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { traceTree } from './trace-tree.ts';

function span(spanId: string, over: JsonObject = {}): JsonObject {
  return {
    spanId,
    name: `tools/call ${spanId}`,
    kind: 'server',
    startMs: 1_000,
    endMs: 1_010,
    attributes: {
      'gen_ai.agent.name': 'worker',
      'bailiwick.effect': 'done',
      'bailiwick.record': `r-${spanId}`,
      'bailiwick.target': 'tool:billing/refund',
      'bailiwick.intent': `i-${spanId}`,
    },
    events: [],
    ...over,
  };
}

describe('a trace in the terminal', () => {
  it('shows each span below the one that called it, in the order of time [OBS-08]', () => {
    const text = traceTree([
      span('up', { kind: 'client', parentSpanId: 'one', startMs: 1_002 }),
      span('late', {
        parentSpanId: 'outside',
        startMs: 1_050,
        endMs: 1_051,
        failure: 'policy/denied',
      }),
      span('one', { parentSpanId: 'outside' }),
      span('root', { startMs: 900 }),
      span('held', {
        parentSpanId: 'outside',
        startMs: 1_060,
        events: [{ name: 'bailiwick.held', timeMs: 1, attributes: {} }],
      }),
    ]);
    expect(text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())).toEqual([
      'BEGAN | TOOK | WHO | WHAT | OUTCOME | RECORD',
      '+0.0 ms | 110.0 ms | worker | tools/call root | done | r-root',
      '| span outside of the caller',
      '+100.0 ms | 10.0 ms | worker | tools/call one | done | r-one',
      '+102.0 ms | 8.0 ms | → tool:billing/refund | i-up',
      '+150.0 ms | 1.0 ms | worker | tools/call late | policy/denied | r-late',
      '+160.0 ms | 0.0 ms | worker | tools/call held | held for a human | r-held',
    ]);
  });
});
