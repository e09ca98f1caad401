import { z } from 'zod';
import type { ListPlace, TimedPage } from '#contracts/list-place.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import { limit } from './shapes.ts';

/**
 * How every list is asked for and told (decision 0136): at most `limit` of it, and `next` where there is more: the
 * `cursor` of the page behind it. INVARIANT: a list is never cut without saying so, and a cursor names the last one told
 * and not a number of rows: what comes or goes meanwhile moves nothing.
 */
const usualPage = 100;
/** Of one page; who asks for more is given as much. */
export const mostListed = 1_000;
/** With room for the places of some hundred logs; a head of HTTP has 16 KiB. */
const longestCursor = 8_192;

/** Absent: this was the last page. */
export const next = z.string().optional();

type Key = readonly (string | number)[];

/** `q` of whatever list: bounded, and never a pattern. */
const letters = z.string().trim().min(1).max(256).optional();

/** What a list that is told by name takes. */
export const namedPage = (list: string, parts = 1) => ({
  limit: limit(usualPage, mostListed),
  cursor: cursorOf(list, (key) => key.length === parts && key.every(isText)),
  /** Only what has these letters in its name, or in what is told beside it. */
  q: letters,
});

/** What a list by name takes that is told in other orders too, the first where nobody says. */
export const sortedPage = <const Sorts extends readonly [string, ...string[]]>(
  list: string,
  sorts: Sorts,
) => ({
  ...namedPage(list, 3),
  sort: z.enum(sorts).default(sorts[0] as never),
});

/** What a list that is told newest first takes. */
export const timedPage = (list: string, usual = usualPage) => ({
  limit: limit(usual, mostListed),
  cursor: cursorOf(list, isTimed),
});

/** That, and found by name, and the other way round: what has waited longest first. */
export const searchedPage = (list: string) => ({
  ...timedPage(list),
  q: letters,
  sort: z.enum(['newest', 'oldest']).default('newest'),
});

/** What a list of several logs takes: where each of them is to be told on from. */
export const placedPage = (list: string, usual: number) => ({
  limit: limit(usual, mostListed),
  cursor: cursorOf(list, arePlaces),
});

const arePlaces = (key: Key): boolean =>
  key.length > 0 &&
  key.length % 2 === 0 &&
  key.every((part, at) => (at % 2 === 0 ? isText(part) : Number.isSafeInteger(part)));

/** Undefined where the list begins. */
export function placesAsked({ cursor }: Asked): ReadonlyMap<string, number> | undefined {
  if (cursor === undefined) return undefined;
  const at = (place: number) => Math.max(0, Number(cursor[place]));
  return new Map(cursor.flatMap((part, n) => (isText(part) ? [[part, at(n + 1)] as const] : [])));
}

/** INVARIANT: what could not be asked on from is not told as if it could. */
export function morePlaces(
  list: string,
  places: ReadonlyMap<string, number> | undefined,
): { readonly next?: string } {
  if (places === undefined) return {};
  const told = cursorText(list, [...places].flat());
  if (told.length <= longestCursor) return { next: told };
  throw new BailiwickError('api/invalid', {
    message: 'this tenant has too many logs to be listed page by page',
    suggestedAction: 'ask the index: `GET /v1/audit/records`, or `bailiwick audit query`',
  });
}

const isText = (part: unknown): part is string => typeof part === 'string';
const isTimed = (key: Key): boolean =>
  key.length === 2 && Number.isSafeInteger(key[0]) && isText(key[1]);

/** INVARIANT: opaque, of one list, and read like everything that comes from outside. */
function cursorOf(list: string, fits: (key: Key) => boolean) {
  return z
    .string()
    .max(longestCursor)
    .transform((given, context): Key => {
      const key = readCursor(list, given);
      if (key !== undefined && fits(key)) return key;
      context.addIssue('no cursor of this list: ask without one, then with what `next` says');
      return z.NEVER;
    })
    .optional();
}

export function cursorText(list: string, key: Key): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

const written = z.tuple([z.string()]).rest(z.union([z.string(), z.number()]));

function readCursor(list: string, given: string): Key | undefined {
  try {
    const [of, ...key] = written.parse(parseJson(Buffer.from(given, 'base64url')));
    return of === list ? key : undefined;
  } catch {
    return undefined;
  }
}

interface Asked {
  readonly limit: number;
  readonly cursor?: Key | undefined;
  readonly q?: string | undefined;
}

interface AskedByTime extends Asked {
  readonly sort?: 'newest' | 'oldest';
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** To be spread into the answer. */
  readonly more: { readonly next?: string };
}

interface Named<Row> {
  readonly list: string;
  readonly keyOf: (row: Row) => Key;
  /** What `q` is looked for in; the key where nothing is said. */
  readonly wordsOf?: (row: Row) => string;
}

/** A page of what is at hand, by its key. */
export function pageByName<Row>(
  all: readonly Row[],
  { limit: most, cursor, q }: Asked,
  { list, keyOf, wordsOf = (row) => keyOf(row).join('/') }: Named<Row>,
): ListPage<Row> {
  const wanted = q?.toLowerCase();
  const fit = all.filter(
    (row) =>
      (cursor === undefined || compareKeys(keyOf(row), cursor) > 0) &&
      (wanted === undefined || wordsOf(row).toLowerCase().includes(wanted)),
  );
  return cut(
    fit.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b))),
    most,
    (row) => cursorText(list, keyOf(row)),
  );
}

/**
 * The same in an order that somebody asks for. INVARIANT: a cursor names its order: in another one it would pass over
 * what stands between.
 */
export function pageBySort<Row, Sort extends string>(
  all: readonly Row[],
  { sort, ...asked }: Asked & { readonly sort: Sort },
  of: {
    readonly list: string;
    readonly nameOf: (row: Row) => string;
    /** By what else; of those that are alike the name says which is first. */
    readonly by: Readonly<Record<Sort, (row: Row) => string | number>>;
    readonly wordsOf?: (row: Row) => string;
  },
): ListPage<Row> {
  if (asked.cursor !== undefined && asked.cursor[0] !== sort) throw ofAnotherOrder();
  const { list, nameOf, by, wordsOf = nameOf } = of;
  const keyOf = (row: Row): Key => [sort, sortable(by[sort](row)), nameOf(row)];
  return pageByName(all, asked, { list, keyOf, wordsOf });
}

/** Numbers by what they count: a cursor of names is text. */
const sortable = (value: string | number): string =>
  typeof value === 'string' ? value : String(value).padStart(16, '0');

function ofAnotherOrder(): BailiwickError {
  const problem = 'cursor: of another order: ask without one, then with what `next` says';
  return new BailiwickError('api/invalid', { details: { problems: [problem] } });
}

/** What a store is asked for one page: one more than is told, so that it is known whether there is more. */
export function placeAsked({ limit: most, cursor, q, sort }: AskedByTime): TimedPage {
  const [at, id] = cursor ?? [];
  return {
    limit: most + 1,
    ...(typeof at === 'number' && isText(id) ? { before: { at, id } } : {}),
    ...(sort === 'oldest' ? { oldestFirst: true } : {}),
    ...(q === undefined ? {} : { q }),
  };
}

/** A page of what a store told, or several stores, by `placeAsked`. */
export function pageByTime<Row>(
  found: readonly Row[],
  { limit: most, sort }: AskedByTime,
  { list, placeOf }: { readonly list: string; readonly placeOf: (row: Row) => ListPlace },
): ListPage<Row> {
  const turn = sort === 'oldest' ? 1 : -1;
  const order = (a: Row, b: Row) => turn * compareKeys(keyOf(a), keyOf(b));
  const keyOf = (row: Row): Key => [placeOf(row).at, placeOf(row).id];
  return cut(found.toSorted(order), most, (row) => cursorText(list, keyOf(row)));
}

/** Of rows in their order, one more than is told where there is more. */
export function cut<Row>(
  rows: readonly Row[],
  most: number,
  cursorAfter: (last: Row) => string,
): ListPage<Row> {
  const told = rows.slice(0, most);
  const last = told.at(-1);
  const isCut = rows.length > most && last !== undefined;
  return { rows: told, more: isCut ? { next: cursorAfter(last) } : {} };
}

function compareKeys(one: Key, other: Key): number {
  for (const [at, part] of one.entries()) {
    const against = other[at] ?? '';
    if (part !== against) return part < against ? -1 : 1;
  }
  return 0;
}
