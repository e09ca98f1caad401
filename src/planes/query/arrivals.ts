import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { AnswerParts } from './answer-parts.ts';
import type { FoundPlace } from './door.ts';
import { timeOf } from './follow-log.ts';
import type { RecordQuery } from './parse-query.ts';
import type { PlaceReader, ReadLog } from './place-reader.ts';
import { meetsAll } from './record-terms.ts';

/** A bundle: what lies together is read together. */
const readAtOnce = 256;

/** How far each log was told, by a digest of its origin. It is no secret and no right. */
export type ArrivalMark = ReadonlyMap<string, number>;

interface ArrivalAsk {
  readonly query: RecordQuery;
  readonly after: ArrivalMark;
  readonly most: number;
}

interface Arrived {
  /** Oldest first, of those that came. */
  readonly records: readonly FoundPlace[];
  readonly mark: string;
  /** Enough was looked at; there is more behind this mark. */
  readonly more: boolean;
}

/**
 * What came to the logs since, in whichever order its times are. INVARIANT: between two marks of which one was the
 * answer to the other lies each record once; what is looked at for one answer is bounded in places and in time.
 */
export async function readArrivals(
  parts: AnswerParts,
  reader: PlaceReader,
  { query, after, most }: ArrivalAsk,
): Promise<Arrived> {
  const told = new Map(after);
  const records: FoundPlace[] = [];
  const until = parts.clock.monotonic() + limits.auditQueryMs;
  let looked = 0;
  const isSpent = () =>
    records.length >= most ||
    looked >= limits.auditQueryCandidates ||
    parts.clock.monotonic() > until;
  for (const log of reader.logs) {
    let at = after.get(digestOf(log)) ?? 0;
    while (at < log.proved && !isSpent()) {
      const end = Math.min(
        log.proved,
        at + readAtOnce - (at % readAtOnce),
        at + most - records.length,
      );
      const found = reader.read(placesOf(log, at, end), 'readable');
      records.push(...found.filter((one) => isAsked(parts, query, one)));
      looked += end - at;
      at = end;
      await parts.turn();
    }
    told.set(digestOf(log), at);
  }
  const more = reader.logs.some((log) => (told.get(digestOf(log)) ?? 0) < log.proved);
  records.sort((a, b) => timeOf(a.record) - timeOf(b.record) || a.index - b.index);
  return { records, mark: markText(told), more };
}

function placesOf({ number: log }: ReadLog, from: number, end: number) {
  return Array.from({ length: end - from }, (_, i) => ({ at: 0, log, index: from + i }));
}

function isAsked({ judge }: AnswerParts, query: RecordQuery, { record }: FoundPlace): boolean {
  const at = timeOf(record);
  return at >= query.from && at < query.to && meetsAll(record, query.conditions, judge);
}

/** Everything that this reader knows of is told. */
export function markOf(reader: PlaceReader): string {
  return markText(new Map(reader.logs.map((log) => [digestOf(log), log.proved])));
}

function markText(told: ArrivalMark): string {
  return [...told].map(([log, size]) => `${log}${size.toString(36)}`).join('.');
}

const digestLength = 8;

function digestOf({ origin }: ReadLog): string {
  return sha256Hex(origin).slice(0, digestLength);
}

/** Of the empty mark of whoever saw no log yet, too. */
export function readMark(text: string): ArrivalMark {
  const mark = new Map<string, number>();
  for (const part of text === '' ? [] : text.split('.')) {
    if (!/^[0-9a-f]{8}[0-9a-z]{1,10}$/.test(part)) throw wrong();
    mark.set(part.slice(0, digestLength), Number.parseInt(part.slice(digestLength), 36));
  }
  return mark;
}

function wrong(): BailiwickError {
  return new BailiwickError('audit/query-malformed', {
    message: 'this does not say how far the logs were told',
    suggestedAction: 'give the `arrived` of the answer before',
  });
}
