import {
  canonicalText,
  emptyObject,
  isJsonObject,
  type Json,
  type JsonObject,
} from '#kernel/json/index.ts';
import { bytesOf, rowCount, type Rows, rowsOf } from './rows.ts';
import { beginningOf } from './text-cut.ts';

export interface PageBounds {
  readonly bytes: number;
  readonly rows: number;
}

/** Room for what is said of a page beside it. */
const markerBytes = 2_048;

/**
 * A result in parts, each a result by itself: cut between two blocks, inside of a text, between two
 * rows of its structured content. INVARIANT: together they say all that it says; a row, and a block
 * that is no text, is never cut, so that one alone may be larger than a page.
 */
export function pagesOf(result: JsonObject, bounds: PageBounds): readonly JsonObject[] {
  const { content, structuredContent, ...beside } = result;
  const budget = Math.max(bounds.bytes - markerBytes, bounds.bytes / 2);
  const table = tableOf(structuredContent, budget, bounds.rows);
  const given = Array.isArray(content) ? (content as readonly Json[]) : [];
  const blocks = new Blocks(table.asText === undefined ? given : withText(given, table.asText));
  const rows = new RowsLeft(table.rows);
  const { isError } = beside;
  const flag = isError === undefined ? {} : { isError };
  const pages: JsonObject[] = [];
  do {
    const first = pages.length === 0;
    const half = blocks.areLeft ? budget / 2 : budget;
    const structured =
      first && table.whole !== undefined ? table.whole : rows.next(half, bounds.rows);
    const room = budget - (structured === undefined ? 0 : bytesOf(structured));
    const told = blocks.next(room, bounds.rows, structured === undefined);
    const page = { ...(first ? beside : flag), content: told };
    pages.push(structured === undefined ? page : { ...page, structuredContent: structured });
  } while (blocks.areLeft || rows.areLeft);
  return pages;
}

interface Table {
  /** Small enough to be told at once. */
  readonly whole?: Json;
  readonly rows?: Rows;
  /** It cannot be cut: it is told as text, where no text tells it. */
  readonly asText?: Json;
}

function tableOf(structured: Json | undefined, budget: number, mostRows: number): Table {
  if (structured === undefined) return {};
  const isSmall = bytesOf(structured) <= budget / 2 && rowCount(structured) <= mostRows;
  if (isSmall) return { whole: structured };
  const rows = isJsonObject(structured) ? rowsOf(structured) : undefined;
  if (rows === undefined || bytesOf(rows.with([])) > budget / 4) return { asText: structured };
  return { rows };
}

function withText(blocks: readonly Json[], structured: Json): readonly Json[] {
  const isTold = blocks.some((block) => isJsonObject(block) && block['type'] === 'text');
  return isTold ? blocks : [...blocks, { type: 'text', text: canonicalText(structured) }];
}

const noRows: Rows = { items: [], with: () => emptyObject() };

class RowsLeft {
  readonly #rows: Rows;
  readonly #frameBytes: number;
  #at = 0;

  constructor(rows: Rows | undefined) {
    this.#rows = rows ?? noRows;
    this.#frameBytes = bytesOf(this.#rows.with([]));
  }

  get areLeft(): boolean {
    return this.#at < this.#rows.items.length;
  }

  next(room: number, most: number): JsonObject | undefined {
    if (!this.areLeft) return undefined;
    const { items } = this.#rows;
    const from = this.#at;
    let bytes = this.#frameBytes;
    while (this.#at < items.length && this.#at - from < most) {
      bytes += bytesOf(items[this.#at] ?? null) + 1;
      if (bytes > room && this.#at > from) break;
      this.#at += 1;
    }
    return this.#rows.with(items.slice(from, this.#at));
  }
}

class Blocks {
  readonly #blocks: readonly Json[];
  #at = 0;
  /** So many letters of the next one are told already. */
  #letters = 0;

  constructor(blocks: readonly Json[]) {
    this.#blocks = blocks;
  }

  get areLeft(): boolean {
    return this.#at < this.#blocks.length;
  }

  /** `must`: at least one is told, or something of it. */
  next(room: number, most: number, must: boolean): readonly Json[] {
    const told: Json[] = [];
    let left = room;
    while (this.areLeft && told.length < most) {
      const block = this.#rest();
      const bytes = bytesOf(block) + 1;
      const isForced = must && told.length === 0;
      if (bytes <= left) this.#pass();
      else {
        const begun = this.#begin(block, left, isForced);
        if (begun !== undefined) told.push(begun);
        return told;
      }
      told.push(block);
      left -= bytes;
    }
    return told;
  }

  #rest(): Json {
    const block = this.#blocks[this.#at] ?? null;
    if (this.#letters === 0 || !isJsonObject(block)) return block;
    const { text } = block;
    return { ...block, text: typeof text === 'string' ? text.slice(this.#letters) : '' };
  }

  #pass(): void {
    this.#at += 1;
    this.#letters = 0;
  }

  /** What fits of it; all of it where it cannot be cut and must be told. */
  #begin(block: Json, room: number, isForced: boolean): Json | undefined {
    const text = isJsonObject(block) && block['type'] === 'text' ? block['text'] : undefined;
    if (!isJsonObject(block) || typeof text !== 'string') {
      if (!isForced) return undefined;
      this.#pass();
      return block;
    }
    const space = room - bytesOf({ ...block, text: '' });
    if (space < markerBytes / 2 && !isForced) return undefined;
    const begun = beginningOf(text, Math.max(space, markerBytes / 2));
    this.#letters += begun.length;
    if (begun.length === text.length) this.#pass();
    return { ...block, text: begun };
  }
}
