import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';

/** Structured columns hold canonical JSON; undefined members are left out. */
export function toColumn(value: unknown): string {
  return canonicalText(plain(value));
}

export function fromColumn<T>(column: string): T {
  return parseJson(Buffer.from(column)) as T;
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
