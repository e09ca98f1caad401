import { AsyncLocalStorage } from 'node:async_hooks';
import { yamlText } from '#config/write-yaml.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { visibleJson, visibleText } from '#kernel/text/index.ts';

export type Format = 'json' | 'jsonl' | 'table' | 'yaml';

export interface Output {
  readonly format: Format;
  /** One answer: as JSON on one line, each of `lines` on one of its own, or as `table` draws it. */
  print(answer: JsonObject, table: () => string, lines?: () => readonly JsonObject[]): void;
  /** Documents as files have them, one behind the other. */
  documents(texts: readonly string[]): void;
}

/** INVARIANT: text that somebody else wrote reaches the terminal only through the one renderer. */
export function createOutput(format: Format, write: (text: string) => void): Output {
  return {
    format,
    print(answer, table, lines) {
      if (format === 'jsonl') {
        write((lines?.() ?? [answer]).map(jsonLine).join(''));
        return;
      }
      if (format === 'yaml') write(visibleLines(yamlText(answer)));
      else write(format === 'json' ? jsonLine(answer) : `${table()}\n`);
    },
    documents: (texts) => write(visibleLines(texts.join('---\n'))),
  };
}

/** Of YAML in which whatever is no plain word is quoted as JSON is. */
function visibleLines(text: string): string {
  return text.split('\n').map(visibleJson).join('\n');
}

export function jsonLine(value: Json): string {
  return `${visibleJson(canonicalText(value))}\n`;
}

/** For columns: what is longer ends in `…`. */
export function cell(value: Json | undefined, maxLength = 80): string {
  if (value === null || value === undefined) return '-';
  return visibleText(asText(value), { maxLength });
}

/** All of it, however long: for what a person decides on. */
export function whole(value: Json | undefined): string {
  return cell(value, Number.MAX_SAFE_INTEGER);
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : canonicalText(value);
}

const pageSize = 4_000;

/** All of a long text in numbered pages, so that nobody takes a part of it for the whole. */
export function pages(text: string): string {
  const characters = Array.from(text);
  const count = Math.max(1, Math.ceil(characters.length / pageSize));
  return Array.from({ length: count }, (_, at) => {
    const page = characters.slice(at * pageSize, (at + 1) * pageSize).join('');
    return `--- page ${at + 1} of ${count} ---\n${whole(page)}`;
  }).join('\n');
}

export function fitsOnePage(text: string): boolean {
  return text.length <= pageSize;
}

const tableWidth = new AsyncLocalStorage<number>();

/** How wide a terminal is that tables are drawn for; where nobody says, a row is one line. */
export function inTableWidth<T>(columns: number, run: () => T): T {
  return tableWidth.run(columns, run);
}

/**
 * A row is one line where that fits the terminal, else several, the later ones a little to the right: nothing is cut
 * off, and what is read by programs is never parted.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'nothing to show';
  const widths = header.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const groups = fitting(widths, tableWidth.getStore() ?? Infinity);
  const line = (cells: readonly string[]) =>
    groups
      .map((columns, nth) => {
        const told = columns.map((at) => (cells[at] ?? '').padEnd(widths[at] ?? 0)).join('  ');
        return `${nth === 0 ? '' : '    '}${told}`.trimEnd();
      })
      .filter((text, nth) => nth === 0 || text !== '')
      .join('\n');
  return [line(header), ...rows.map(line)].join('\n');
}

/** Which columns stand on which line. */
function fitting(widths: readonly number[], most: number): readonly (readonly number[])[] {
  const groups: number[][] = [[]];
  let used = 0;
  for (const [at, width] of widths.entries()) {
    const isFull = used > 0 && used + width > most;
    if (isFull) {
      groups.push([]);
      used = 4;
    }
    groups.at(-1)?.push(at);
    used += width + 2;
  }
  return groups;
}

export function facts(pairs: readonly (readonly [string, Json | undefined])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${whole(value)}`).join('\n');
}

export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

/** A member that must be text; anything else shows as nothing. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
