import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { Blocks } from './blocks.ts';
import { RowsLeft } from './rows-left.ts';
import { rowCount, type Rows, rowsOf } from './rows.ts';
import { type Measure, measure as byBytes } from './size.ts';

export interface PageBounds {
  readonly bytes: number;
  readonly rows: number;
}

/** What may be kept of one result. */
export interface KeepBounds {
  readonly pages: number;
  /** Of all pages behind the first. */
  readonly bytes: number;
}

export interface Page {
  readonly page: JsonObject;
  readonly bytes: number;
}

export interface Cut {
  readonly pages: readonly Page[];
  /** False where it was more than may be kept: nothing was cut any further. */
  readonly isWhole: boolean;
}

/** Room for what is said of a page beside it. */
export const markerBytes = 2_048;

/**
 * A result in parts, each a result by itself: cut between two blocks, inside of a text, between two
 * rows of its structured content. INVARIANT: together they say all that it says; a row, and a block
 * that is no text, is never cut, so that one alone may be larger than a page. INVARIANT: nothing is
 * measured twice but what stands on every page, and that is small: a result costs what its bytes are.
 */
export function pagesOf(
  result: JsonObject,
  bounds: PageBounds,
  keep: KeepBounds,
  measure: Measure = byBytes,
): Cut {
  const left = leftOf(result, bounds, measure);
  const pages: Page[] = [];
  let keptBytes = 0;
  do {
    if (pages.length >= keep.pages || keptBytes > keep.bytes) return { pages, isWhole: false };
    const page = left.next(pages.length === 0);
    // The first one is told at once.
    if (pages.length > 0) keptBytes += page.bytes + markerBytes;
    pages.push(page);
  } while (left.areLeft);
  return { pages, isWhole: keptBytes <= keep.bytes };
}

interface Left {
  readonly areLeft: boolean;
  next(isFirst: boolean): Page;
}

const structuredMember = '"structuredContent":,'.length;

function leftOf(result: JsonObject, bounds: PageBounds, measure: Measure): Left {
  const { content, structuredContent, ...beside } = result;
  const budget = Math.max(bounds.bytes - markerBytes, bounds.bytes / 2);
  const table = tableOf(structuredContent, { budget, most: bounds.rows, measure });
  const given = Array.isArray(content) ? (content as readonly Json[]) : [];
  const told = table.asText === undefined ? given : withText(given, table.asText);
  const blocks = new Blocks(told, { measure, mostFrameBytes: frameBytes(budget) });
  const rows = new RowsLeft(table.rows, measure);
  const flag = typeof beside['isError'] === 'boolean' ? { isError: beside['isError'] } : {};
  return {
    get areLeft() {
      return blocks.areLeft || rows.areLeft;
    },
    next(isFirst) {
      const half = blocks.areLeft ? budget / 2 : budget;
      const structured = isFirst && table.whole ? table.whole : rows.next(half, bounds.rows);
      const room = budget - (structured?.bytes ?? 0);
      const some = blocks.next(room, bounds.rows, structured === undefined);
      const head = { ...(isFirst ? beside : flag), content: [] };
      const bytes = measure.of(head) + some.bytes;
      const page = { ...head, content: some.blocks };
      if (structured === undefined) return { page, bytes };
      const withRows = { ...page, structuredContent: structured.value };
      return { page: withRows, bytes: bytes + structuredMember + structured.bytes };
    },
  };
}

function frameBytes(budget: number): number {
  return Math.min(budget / 4, limits.resultFrameBytes);
}

interface Table {
  /** Small enough to be told at once. */
  readonly whole?: { readonly value: Json; readonly bytes: number };
  readonly rows?: Rows;
  /** It cannot be cut: it is told as text, where no text tells it. */
  readonly asText?: Json;
}

interface TableBounds {
  readonly budget: number;
  readonly most: number;
  readonly measure: Measure;
}

function tableOf(structured: Json | undefined, { budget, most, measure }: TableBounds): Table {
  if (structured === undefined) return {};
  const bytes = measure.of(structured);
  if (bytes <= budget / 2 && rowCount(structured) <= most) {
    return { whole: { value: structured, bytes } };
  }
  const rows = isJsonObject(structured) ? rowsOf(structured) : undefined;
  if (rows === undefined || measure.of(rows.with([])) > frameBytes(budget)) {
    return { asText: structured };
  }
  return { rows };
}

function withText(blocks: readonly Json[], structured: Json): readonly Json[] {
  const isTold = blocks.some((block) => isJsonObject(block) && block['type'] === 'text');
  return isTold ? blocks : [...blocks, { type: 'text', text: canonicalText(structured) }];
}
