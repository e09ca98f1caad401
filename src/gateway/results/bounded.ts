import type { CutOff } from '#contracts/tool-server.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { Attempt } from '../attempt.ts';
import { cursorOf, type KeptPages, type PagesOf } from './kept-pages.ts';
import { type Marked, marked } from './marker.ts';
import { type Page, type PageBounds, pagesOf } from './pages.ts';
import { rowCount } from './rows.ts';

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
  /** How each page is told: what stands on it, and what is said of it beside. */
  readonly mark: ((page: JsonObject) => JsonObject) | undefined;
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
  const mark = bounding.mark ?? asItIs;
  const keep = { pages: limits.resultPages, bytes: kept.roomFor(of) };
  const { pages: all, isWhole } = pagesOf(result, bounding.bounds, keep);
  const [whole, ...later] = all;
  // What cannot be cut can be too large for any page.
  if (whole === undefined || isEmpty(whole.page) || all.some(({ bytes }) => bytes > mostBytes)) {
    return refusal('tools/result-too-large');
  }
  if (cut === undefined && all.length === 1) return told(mark(whole.page));
  const { page, unstructured } = promised(bounding, whole.page);
  const first = mark(page);
  const cutOffAfter = cut === undefined ? undefined : limitOf(cut, mostBytes);
  const about = { page: 1, pages: all.length, cutOffAfter, unstructured };
  if (later.length === 0) {
    noteHeld(attempt, { held: undefined, about, isKept: false, cut });
    return told(marked(first, { ...about, heldBytes: 0 }));
  }
  const handle = kept.newHandle();
  const until = clock.now() + limits.keptPagesMs;
  // INVARIANT: no page is written before it is known that all of them may be kept.
  const held = isWhole ? written(later, { handle, until, cutOffAfter, mark }) : undefined;
  if (held === undefined || !kept.keep(handle, of, held.pages)) {
    const rest = canonicalBytes(result);
    noteHeld(attempt, { held: rest, about, isKept: false, cut });
    const heldBytes = Math.max(0, rest.length - whole.bytes);
    return told(marked(first, { ...about, heldBytes, isMore: !isWhole }));
  }
  noteHeld(attempt, { held: held.bytes, about, isKept: true, cut });
  const next = nextOf(handle, 1, all.length, until);
  return told(marked(first, { ...about, heldBytes: held.toldBytes, ...next }));
}

const asItIs = (page: JsonObject): JsonObject => page;

interface Written {
  readonly pages: readonly Buffer[];
  /** All of them, in order; each page is a part of it. */
  readonly bytes: Buffer;
  readonly toldBytes: number;
}

/** The pages behind the first, as they are told later: each says how much comes behind it. */
function written(
  later: readonly Page[],
  about: Pick<Marked, 'cutOffAfter'> & {
    readonly handle: string;
    readonly until: number;
    readonly mark: (page: JsonObject) => JsonObject;
  },
): Written {
  const { handle, until, cutOffAfter, mark } = about;
  const pages = later.length + 1;
  const toldBytes = later.reduce((sum, { bytes }) => sum + bytes, 0);
  let heldBytes = toldBytes;
  const each = later.map(({ page, bytes }, at) => {
    const number = at + 2;
    heldBytes -= bytes;
    const next = nextOf(handle, number, pages, until);
    return canonicalBytes(
      marked(mark(page), { page: number, pages, heldBytes, cutOffAfter, ...next }),
    );
  });
  const all = Buffer.concat(each);
  let from = 0;
  const parts = each.map(({ length }) => all.subarray(from, (from += length)));
  return { pages: parts, bytes: all, toldBytes };
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

/** Of what is not kept, the whole result is on record: nobody can show it later in parts. */
function noteHeld(
  attempt: Attempt,
  noted: {
    readonly held: Buffer | undefined;
    readonly about: Pick<Marked, 'pages'>;
    readonly isKept: boolean;
    readonly cut: CutOff | undefined;
  },
): void {
  const { held, about, isKept, cut } = noted;
  attempt.heldBack = held;
  attempt.details = {
    pages: about.pages,
    ...(held === undefined ? {} : { kept: isKept }),
    ...(cut === undefined ? {} : { cutOffAtBytes: cut.bytes }),
  };
}
