import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';

export type Format = 'json' | 'table';

export interface Output {
  readonly format: Format;
  /** One answer: as JSON on one line, or as `table` draws it. */
  print(answer: JsonObject, table: () => string): void;
}

/** INVARIANT: text that somebody else wrote reaches the terminal only through `visibleText`. */
export function createOutput(format: Format, write: (text: string) => void): Output {
  return {
    format,
    print(answer, table) {
      write(format === 'json' ? `${canonicalText(answer)}\n` : `${table()}\n`);
    },
  };
}

export function cell(value: Json | undefined, maxLength = 80): string {
  if (value === null || value === undefined) return '-';
  const text = typeof value === 'string' ? value : canonicalText(value);
  return visibleText(text, { maxLength });
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'nothing to show';
  const widths = header.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}

export function facts(pairs: readonly (readonly [string, Json | undefined])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${cell(value, 4_000)}`).join('\n');
}

export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

/** A member that must be text; anything else shows as nothing. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
