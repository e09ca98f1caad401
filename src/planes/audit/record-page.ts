import { sha256Hex } from '#kernel/digest.ts';
import type { FoundRecord, RecordPage } from './door.ts';

/** What one log says to a question, from a place backwards. */
export interface Looked {
  readonly origin: string;
  /** Newest first, as the log has them. */
  readonly found: readonly FoundRecord[];
  /** The oldest that was looked at, and its time. */
  readonly reached: number;
  readonly reachedTime: string;
  /** There is nothing older to look at. */
  readonly isDone: boolean;
}

/** Across logs by time; inside one log its own order decides between equal times. */
export function byTime(a: FoundRecord, b: FoundRecord): number {
  if (a.record.time !== b.record.time) return a.record.time < b.record.time ? -1 : 1;
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return a.index - b.index;
}

/** A log as a cursor names it. */
export function placeName(origin: string): string {
  return sha256Hex(origin).slice(0, 12);
}

/**
 * A page of several logs. INVARIANT: each log is told in its own order and from where it was left, so no record is told
 * twice and none is passed over, whatever clocks did and whatever was written meanwhile. A log that looked at as much as
 * one question may, without an end, holds back what is older than that: it may have something newer.
 */
export function pageOf(looked: readonly Looked[], limit: number): RecordPage {
  const told = new Map(looked.map(({ origin }) => [origin, 0]));
  const records: FoundRecord[] = [];
  while (records.length < limit) {
    const head = newestHead(looked, told);
    if (head?.record === undefined) break;
    records.push(head.record);
    told.set(head.origin, (told.get(head.origin) ?? 0) + 1);
  }
  const places = looked.flatMap((log): [string, number][] => {
    const untold = log.found[told.get(log.origin) ?? 0];
    if (untold !== undefined) return [[placeName(log.origin), untold.index + 1]];
    return log.isDone ? [] : [[placeName(log.origin), log.reached]];
  });
  return {
    records: records.toReversed(),
    behind: places.length === 0 ? undefined : new Map(places),
  };
}

interface Head {
  readonly origin: string;
  readonly time: string;
  /** Undefined: what stands there was not looked at. */
  readonly record: FoundRecord | undefined;
}

function newestHead(
  looked: readonly Looked[],
  told: ReadonlyMap<string, number>,
): Head | undefined {
  let newest: Head | undefined;
  for (const { origin, found, reachedTime, isDone } of looked) {
    const record = found[told.get(origin) ?? 0];
    if (record === undefined && isDone) continue;
    const head = { origin, time: record?.record.time ?? reachedTime, record };
    if (newest === undefined || isNewer(head, newest)) newest = head;
  }
  return newest;
}

/** At one time whatever is known comes first: what is not known may be older. */
function isNewer(one: Head, other: Head): boolean {
  if (one.time !== other.time) return one.time > other.time;
  if (one.record === undefined || other.record === undefined) return one.record !== undefined;
  return one.origin > other.origin;
}
