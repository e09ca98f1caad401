import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { input } from './parts.tsx';
import { without } from './search.ts';

/** Rows of one page of a list; the server finds, sorts and cuts, and a page never holds more. */
export const rowsAtOnce = 50;

/** What of a list stands in the address. */
export interface ListSearch {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly sort?: string | undefined;
  readonly cursor?: string | undefined;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const parts = ['q', 'state', 'sort', 'cursor'] as const;

/** Of a screen with several lists, each but the first has its parts of the address under a prefix. */
export function listSearch(
  given: Readonly<Record<string, unknown>>,
  prefixes: readonly string[] = [],
): ListSearch {
  const keys = ['', ...prefixes].flatMap((prefix) => parts.map((part) => `${prefix}${part}`));
  // What looks like a number was read as one.
  const words = (value: unknown) => text(typeof value === 'number' ? String(value) : value);
  return without(Object.fromEntries(keys.map((key) => [key, words(given[key])])));
}

/** As the API is asked for it. */
export const pageOf = (search: ListSearch, more: object = {}) => ({
  query: without({
    limit: String(rowsAtOnce),
    q: search.q,
    state: search.state,
    sort: search.sort,
    cursor: search.cursor,
    ...more,
  }),
});

const restMs = 250;

interface ListTools {
  readonly search: ListSearch;
  /** INVARIANT: another question begins at its first page. */
  readonly set: (change: Partial<ListSearch>) => void;
  /** To another page of the same question. */
  readonly linkTo: (cursor: string | undefined) => { readonly to: '.'; readonly search: never };
}

/** The list of this address, whichever screen it is on. */
export function useListSearch(prefix = ''): ListTools {
  const given: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const prefixed = (change: Partial<ListSearch>) =>
    Object.fromEntries(Object.entries(change).map(([key, value]) => [`${prefix}${key}`, value]));
  const after = (change: Partial<ListSearch>) => (now: object) =>
    without({ ...now, ...prefixed(change) });
  return {
    search: without(
      Object.fromEntries(parts.map((part) => [part, text(given[`${prefix}${part}`])])),
    ),
    set: (change) =>
      void navigate({
        to: '.',
        replace: true,
        search: after({ cursor: undefined, ...change }),
      } as never),
    // Of whichever screen it is: no type of one route fits.
    linkTo: (cursor) => ({ to: '.', search: after({ cursor }) as never }),
  };
}

/** Letters to find by, once somebody rests; where the address changes by itself, it follows. */
export function FindBox({
  label,
  hint,
  prefix,
}: {
  readonly label: string;
  readonly hint: string;
  readonly prefix?: string;
}): ReactNode {
  const { search, set } = useListSearch(prefix);
  const given = search.q ?? '';
  const [typed, type] = useState(given);
  const [known, know] = useState(given);
  if (given !== known) {
    know(given);
    type(given);
  }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const find = (word: string) => {
    const q = word.trim() === '' ? undefined : word.trim().slice(0, 256);
    know(q ?? '');
    set({ q });
  };
  return (
    <input
      type="search"
      className="min-h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm sm:w-56"
      aria-label={label}
      placeholder={hint}
      maxLength={256}
      value={typed}
      onChange={({ target: { value } }) => {
        type(value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => find(value), restMs);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        clearTimeout(timer.current);
        find(typed);
      }}
    />
  );
}

/** One of a few, of the address: a state, an order. The first word stands for nothing said. */
export function Choose({
  label,
  of,
  part,
  prefix,
}: {
  readonly prefix?: string;
  readonly label: string;
  readonly of: Readonly<Record<string, string>>;
  readonly part: 'state' | 'sort';
}): ReactNode {
  const { search, set } = useListSearch(prefix);
  return (
    <select
      className={`${input} w-auto text-sm`}
      aria-label={label}
      value={search[part] ?? ''}
      onChange={({ target: { value } }) => set({ [part]: value === '' ? undefined : value })}
    >
      {Object.entries(of).map(([value, word]) => (
        <option key={value} value={value}>
          {word}
        </option>
      ))}
    </select>
  );
}

/** Beside the title of a list: what it is narrowed and sorted by. */
export function ListHead({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="flex w-full flex-wrap items-center gap-2 sm:w-auto">{children}</div>;
}

/** Under a list: how to the page behind, and back to where it begins. */
export function Pager({
  next,
  prefix,
}: {
  readonly next: string | undefined;
  readonly prefix?: string;
}): ReactNode {
  const { search, linkTo } = useListSearch(prefix);
  if (next === undefined && search.cursor === undefined) return null;
  const link = 'text-accent underline underline-offset-4';
  return (
    <nav aria-label="Pages" className="flex flex-wrap gap-6 border-t border-line px-4 py-3">
      {search.cursor === undefined ? null : (
        <Link {...linkTo(undefined)} className={link}>
          To the beginning
        </Link>
      )}
      {next === undefined ? (
        <span className="text-soft">That was the last page.</span>
      ) : (
        <Link {...linkTo(next)} className={link}>
          The next {rowsAtOnce}
        </Link>
      )}
    </nav>
  );
}

/** How a page of a list is called: nobody counted the rest. */
export function titleOfPage(
  rows: number,
  names: readonly [string, string],
  of: { readonly next: string | undefined; readonly cursor: string | undefined },
): string {
  const [one, many] = names;
  if (of.cursor !== undefined) return of.next === undefined ? `The last ${many}` : `More ${many}`;
  if (of.next !== undefined) return `The first ${rows} ${many}`;
  return `${rows} ${rows === 1 ? one : many}`;
}

/** Whether something is asked for that narrows: an empty list says so then. */
export const isNarrowed = ({ q, state }: ListSearch): boolean =>
  q !== undefined || state !== undefined;
