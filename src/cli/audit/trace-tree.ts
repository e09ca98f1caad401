import type { JsonObject } from '#kernel/json/value.ts';
import { cell, table, textOf } from '../output.ts';

const header = ['BEGAN', 'TOOK', 'WHO', 'WHAT', 'OUTCOME', 'RECORD'];

/** Who called whom, each below the span that called it; what no record tells of is named as the caller's. */
export function traceTree(spans: readonly JsonObject[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = Map.groupBy(spans, ({ parentSpanId }) => textOf(parentSpanId));
  const first = Math.min(...spans.map(beganAt));
  const rows: string[][] = [];
  const add = (span: JsonObject, depth: number): void => {
    rows.push(rowOf(span, depth, first));
    for (const child of childrenOf(textOf(span['spanId']))) add(child, depth + 1);
  };
  const childrenOf = (id: string) =>
    (below.get(id) ?? []).toSorted((a, b) => beganAt(a) - beganAt(b));
  const outside = [...below.keys()].filter((id) => !known.has(id));
  for (const parent of outside.toSorted((a, b) => earliest(a) - earliest(b))) {
    if (parent !== '') rows.push(['', '', '', `span ${cell(parent)} of the caller`, '', '']);
    for (const span of childrenOf(parent)) add(span, parent === '' ? 0 : 1);
  }
  return table(header, rows);

  function earliest(parent: string): number {
    return Math.min(...(below.get(parent) ?? []).map(beganAt));
  }
}

function beganAt({ startMs }: JsonObject): number {
  return Number(startMs);
}

function rowOf(span: JsonObject, depth: number, first: number): string[] {
  const { kind, name, failure, endMs } = span;
  const told = span['attributes'] as JsonObject;
  const began = beganAt(span);
  const isUpstream = kind === 'client';
  return [
    `+${(began - first).toFixed(1)} ms`,
    `${Math.max(0, Number(endMs) - began).toFixed(1)} ms`,
    isUpstream ? '' : cell(told['gen_ai.agent.name'], 40),
    `${'  '.repeat(depth)}${isUpstream ? `→ ${cell(told['bailiwick.target'] ?? name, 60)}` : cell(name, 60)}`,
    outcomeOf(span),
    isUpstream ? cell(told['bailiwick.intent']) : cell(told['bailiwick.record']),
  ];

  function outcomeOf({ events }: JsonObject): string {
    if (isUpstream) return '';
    const isHeld = JSON.stringify(events).includes('"bailiwick.held"');
    if (isHeld) return 'held for a human';
    return failure === undefined ? cell(told['bailiwick.effect'] ?? '') : cell(failure, 48);
  }
}
