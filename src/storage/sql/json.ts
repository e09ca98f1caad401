import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** Definitions of tools are as deep as a body may be, and stand inside a catalogue or a Snapshot. */
const columnLimits = { maxBytes: limits.statePortMessageBytes, maxDepth: limits.jsonDepth + 32 };

/** Structured columns hold canonical JSON; undefined members are left out. */
export function toColumn(value: unknown): string {
  return canonicalText(plain(value));
}

/** INVARIANT: only `toColumn` writes these columns, so the value has the type that it had. */
export function fromColumn(column: string): unknown {
  return parseJson(Buffer.from(column), columnLimits);
}

function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, plain(item)]),
  );
}
