import type { Place, RecordIndex } from '#contracts/record-index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import type { AnswerParts } from './answer-parts.ts';
import { markOf, readArrivals, readMark } from './arrivals.ts';
import { candidatesOf } from './candidates.ts';
import { cursorOf, readCursor } from './cursor.ts';
import type { FoundPlace, LogReach, RecordAnswer, RecordQuestion } from './door.ts';
import { allTimes, parseQuery, type RecordQuery } from './parse-query.ts';
import { openPlaces, type PlaceReader } from './place-reader.ts';
import { meetsAll, unreadableRecord } from './record-terms.ts';
import { viewText } from './views.ts';

/**
 * One page. INVARIANT: every record in it was read from its log, hashes to its place there, stands under a
 * signed checkpoint and meets the question itself, whatever the index says; and what is looked at for a page is
 * bounded in places and in time.
 */
export async function answerQuestion(
  parts: AnswerParts,
  question: RecordQuestion,
): Promise<RecordAnswer> {
  const asked = askedText(question);
  const query = parseQuery(asked, parts.clock.now());
  const mark = `${question.tenant}\n${question.newestFirst}\n${asked}`;
  const after = question.cursor === undefined ? undefined : readCursor(question.cursor, mark);
  const most = Math.min(question.most, limits.auditQueryRows);
  const reader = openPlaces(parts);
  const page = await pageOf(parts, reader, { question, query, most, after });
  const count = question.counted ? await countAll(parts, query) : undefined;
  return {
    records: prove(parts, reader, page.records, question.proven),
    next: page.last === undefined ? undefined : cursorOf(page.last, mark),
    lookedTo:
      page.last !== undefined && page.records.length < most ? isoTime(page.last.at) : undefined,
    count,
    asked,
    reach: reachOf(parts),
    unreadable: parts.index.count(unreadableRecord, allTimes, limits.auditCountedRecords),
    arrived: page.arrived,
    more: page.more,
  };
}

/** Along the times of the records, or along the order in which they came. */
async function pageOf(
  parts: AnswerParts,
  reader: PlaceReader,
  {
    question: { newestFirst, arrivedAfter },
    ...ask
  }: Omit<PageAsk, 'newestFirst'> & { readonly question: RecordQuestion },
): Promise<ReadPage & { readonly arrived: string; readonly more: boolean }> {
  if (arrivedAfter === undefined) {
    const page = await readPage(parts, reader, { ...ask, newestFirst });
    return { ...page, arrived: markOf(reader), more: false };
  }
  const marked = { query: ask.query, most: ask.most, after: readMark(arrivedAfter) };
  const { records, mark, more } = await readArrivals(parts, reader, marked);
  return { records, last: undefined, arrived: mark, more };
}

function prove(
  { logs }: AnswerParts,
  reader: PlaceReader,
  records: readonly FoundPlace[],
  proven: RecordQuestion['proven'],
): readonly FoundPlace[] {
  if (proven === undefined) return records;
  return records.map((found) => {
    const log = logs.find(({ origin }) => origin === found.origin);
    const bytes = reader.leaf(found);
    if (log === undefined || bytes === undefined) return found;
    const text = (of: Uint8Array) => Buffer.from(of).toString('utf8');
    const leaf = text(bytes);
    return proven === 'leaf'
      ? { ...found, leaf }
      : { ...found, leaf, proof: text(log.reader.proof(found.index)) };
  });
}

/** A view is a question with a name; what is asked beside it narrows it. */
function askedText({ query, view }: RecordQuestion): string {
  return [view === undefined ? '' : viewText(view), query].filter((text) => text !== '').join(' ');
}

/** Together, so that what proves one proves its neighbours; and no more than is looked at in a moment. */
const readAtOnce = 64;

interface PageAsk {
  readonly query: RecordQuery;
  readonly newestFirst: boolean;
  readonly after: Place | undefined;
  readonly most: number;
}

interface ReadPage {
  readonly records: readonly FoundPlace[];
  /** Where the next page goes on; undefined at the end. */
  readonly last: Place | undefined;
}

export async function readPage(
  parts: AnswerParts,
  reader: PlaceReader,
  { query, most, ...order }: PageAsk,
): Promise<ReadPage> {
  const records: FoundPlace[] = [];
  const until = parts.clock.monotonic() + limits.auditQueryMs;
  let looked = 0;
  for (const chunk of candidatesOf(parts.index, query, order)) {
    for (let at = 0; at < chunk.left.length; ) {
      const places = chunk.left.slice(at, at + Math.min(readAtOnce, most - records.length));
      at += places.length;
      const found = reader.read(places);
      records.push(...found.filter((one) => meetsAll(one.record, query.conditions, parts.judge)));
      const isSpent = records.length === most || parts.clock.monotonic() > until;
      if (isSpent) return { records, last: places.at(-1) };
    }
    if (chunk.ended) break;
    looked += chunk.looked.length;
    const isSpent = looked >= limits.auditQueryCandidates || parts.clock.monotonic() > until;
    if (isSpent) return { records, last: chunk.looked.at(-1) };
    await parts.turn();
  }
  return { records, last: undefined };
}

/** By the index alone; a question that proposes too much, or takes too long, is refused rather than half counted. */
async function countAll(parts: AnswerParts, query: RecordQuery): Promise<number> {
  const proved = provedOf(parts.index);
  const order = { newestFirst: true, after: undefined };
  const until = parts.clock.monotonic() + limits.auditQueryMs;
  let looked = 0;
  let count = 0;
  for (const chunk of candidatesOf(parts.index, query, order)) {
    looked += chunk.looked.length;
    const isSpent = looked > limits.auditCountedRecords || parts.clock.monotonic() > until;
    if (isSpent) throw new BailiwickError('audit/query-too-costly');
    count += chunk.left.filter(({ log, index }) => index < (proved.get(log) ?? 0)).length;
    if (!chunk.ended) await parts.turn();
  }
  return count;
}

function provedOf(index: RecordIndex): ReadonlyMap<number, number> {
  return new Map(index.logs().map(({ number, proved }) => [number, proved]));
}

/** Every log that is there or was indexed: one that is gone is not passed over. */
export function reachOf({
  index,
  logs,
}: {
  readonly index: Pick<RecordIndex, 'logs'>;
  readonly logs: AnswerParts['logs'];
}): LogReach[] {
  const sizes = new Map(logs.map(({ origin, reader }) => [origin, reader.head()?.size ?? 0]));
  const known = new Map(index.logs().map(({ origin, proved }) => [origin, proved]));
  const keys = new Map(logs.map(({ origin, vkey }) => [origin, vkey]));
  const origins = [...new Set([...sizes.keys(), ...known.keys()])].sort();
  return origins.map((origin) => ({
    origin,
    complete: known.get(origin) ?? 0,
    size: sizes.get(origin) ?? 0,
    ...(keys.get(origin) === undefined ? {} : { vkey: keys.get(origin) }),
  }));
}
