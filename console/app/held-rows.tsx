import { type ReactNode, useState } from 'react';
import { Button } from './parts.tsx';

export interface HeldRows<Row> {
  readonly shown: readonly Row[];
  /** Rows that came, and keys of those that went, since the reader last wanted to know. */
  readonly fresh: number;
  readonly gone: ReadonlySet<string>;
  readonly show: () => void;
}

/**
 * A list that others change while somebody reads it. INVARIANT: no row moves under a pointer: a row says what is
 * true now, where it stood; what came waits until it is asked for.
 */
export function useHeldRows<Row>(
  rows: readonly Row[] | undefined,
  keyOf: (row: Row) => string,
  isFetching: boolean,
): HeldRows<Row> {
  const [held, setHeld] = useState<readonly Row[]>([]);
  const [isSettled, settle] = useState(false);
  // What was kept from an earlier look is not what somebody reads yet.
  if (!isSettled && !isFetching && rows !== undefined) settle(true);
  const isFree = !isSettled || held.length === 0;
  const latest = rows ?? [];
  if (isFree && latest.length > 0 && latest !== held) setHeld(latest);
  const now = new Map(latest.map((row) => [keyOf(row), row]));
  const known = new Set(held.map(keyOf));
  return {
    shown: isFree ? latest : held.map((row) => now.get(keyOf(row)) ?? row),
    fresh: isFree ? 0 : latest.filter((row) => !known.has(keyOf(row))).length,
    gone: new Set(isFree ? [] : [...known].filter((key) => !now.has(key))),
    show: () => setHeld(latest),
  };
}

export function HeldNotice<Row>({
  of: { fresh, gone, show },
}: {
  readonly of: HeldRows<Row>;
}): ReactNode {
  const words = [
    ...(fresh === 0 ? [] : [`${fresh} new`]),
    ...(gone.size === 0 ? [] : [`${gone.size} gone`]),
  ];
  return (
    <div
      role="status"
      className={words.length === 0 ? 'sr-only' : 'border-b border-line px-4 py-2'}
    >
      {words.length === 0 ? null : (
        <Button onClick={show} className="border-accent text-accent">
          {words.join(', ')}: show
        </Button>
      )}
    </div>
  );
}
