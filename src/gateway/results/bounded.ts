import type { CutOff } from '#contracts/tool-server.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { Attempt } from '../attempt.ts';
import { cursorOf, type KeptPages, type PagesOf } from './kept-pages.ts';
import { type Marked, marked } from './marker.ts';
import { type PageBounds, pagesOf } from './pages.ts';
import { bytesOf, rowCount } from './rows.ts';

export interface BoundedParts {
  readonly kept: KeptPages;
  readonly clock: Pick<Clock, 'now'>;
}

export interface Bounding {
  readonly result: JsonObject;
  /** Set when the server went on after this. */
  readonly cut: CutOff | undefined;
  readonly of: PagesOf;
  readonly bounds: PageBounds;
  /** What a single page may have at most, whatever cannot be cut in it. */
  readonly mostBytes: number;
  /** Whether its structured content is still what the tool promises. */
  readonly fits: (page: JsonObject) => boolean;
  readonly attempt: Attempt;
}

export interface FirstPage {
  readonly result: JsonObject;
  readonly resultBytes: Buffer;
}

/** The shortest row that there is, and what parts it from the next one. */
const leastRowBytes = 2;

/** Whether a whole result of so many bytes may be told at once. */
export function isWithin(
  { structuredContent }: JsonObject,
  bytes: number,
  most: PageBounds,
): boolean {
  if (bytes > most.bytes) return false;
  // Most results could not have so many rows, and are looked at no further.
  return bytes < most.rows * leastRowBytes || rowCount(structuredContent) <= most.rows;
}

/**
 * The first page of a result that is not told whole; what is behind it is kept, as it is told later.
 * INVARIANT: what is kept was cleaned and looked through whole, before it was cut.
 */
export function firstPage({ kept, clock }: BoundedParts, bounding: Bounding): FirstPage | Refusal {
  const { result, cut, of, mostBytes, attempt } = bounding;
  const all = pagesOf(result, bounding.bounds);
  const [whole, ...later] = all;
  // What cannot be cut can be too large for any page.
  if (whole === undefined || isEmpty(whole) || all.some((page) => bytesOf(page) > mostBytes)) {
    return refusal('tools/result-too-large');
  }
  if (cut === undefined && later.length === 0) return told(whole);
  const { page: first, unstructured } = promised(bounding, whole);
  const handle = kept.newHandle();
  const until = clock.now() + limits.keptPagesMs;
  const pages = later.length + 1;
  const cutOffAfter = cut === undefined ? undefined : limitOf(cut, mostBytes);
  let heldBytes = 0;
  const behind = later.map((page, at) => ({ page, number: at + 2 })).toReversed();
  const ready = behind.map(({ page, number }) => {
    const about = {
      page: number,
      pages,
      heldBytes,
      cutOffAfter,
      ...nextOf(handle, number, pages, until),
    };
    heldBytes += bytesOf(page);
    return canonicalBytes(marked(page, about));
  });
  const held = ready.toReversed();
  const isKept = held.length > 0 && kept.keep(handle, of, held);
  const next = isKept ? nextOf(handle, 1, pages, until) : {};
  noteHeld(attempt, { held, pages, isKept, cut });
  return told(marked(first, { page: 1, pages, heldBytes, cutOffAfter, unstructured, ...next }));
}

function nextOf(handle: string, page: number, pages: number, until: number): Partial<Marked> {
  return page < pages ? { cursor: cursorOf(handle, page + 1), until } : {};
}

function limitOf({ bytes }: CutOff, mostBytes: number): number {
  return Math.min(bytes, mostBytes);
}

/** INVARIANT: a client that checks what a tool promises is not given what breaks the promise. */
function promised(
  { fits }: Bounding,
  whole: JsonObject,
): { readonly page: JsonObject; readonly unstructured: boolean } {
  if (fits(whole)) return { page: whole, unstructured: false };
  const { structuredContent: _, ...rest } = whole;
  return { page: { ...rest, isError: true }, unstructured: true };
}

function told(result: JsonObject): FirstPage {
  return { result, resultBytes: canonicalBytes(result) };
}

function isEmpty({ content, structuredContent }: JsonObject): boolean {
  const blocks = Array.isArray(content) ? (content as readonly Json[]) : [];
  return blocks.length === 0 && structuredContent === undefined;
}

function noteHeld(
  attempt: Attempt,
  about: {
    readonly held: readonly Buffer[];
    readonly pages: number;
    readonly isKept: boolean;
    readonly cut: CutOff | undefined;
  },
): void {
  const { held, pages, isKept, cut } = about;
  attempt.heldBack = held.length === 0 ? undefined : Buffer.concat(held);
  attempt.details = {
    pages,
    ...(held.length === 0 ? {} : { kept: isKept }),
    ...(cut === undefined ? {} : { cutOffAtBytes: cut.bytes }),
  };
}
