import type { RecordIndex } from '#contracts/record-index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import { annotationsOf } from './annotations.ts';
import type { AnswerParts } from './answer-parts.ts';
import { markOf, readArrivals, readMark } from './arrivals.ts';
import { candidatesOf } from './candidates.ts';
import { cursorOf, readCursor } from './cursor.ts';
import type { Annotations, FoundPlace, LogReach, RecordAnswer, RecordQuestion } from './door.ts';
import { allTimes, parseQuery, type RecordQuery } from './parse-query.ts';
import { openPlaces, type PlaceReader } from './place-reader.ts';
import { type PageAsk, type ReadPage, readPage } from './read-page.ts';
import { unreadableRecord } from './record-terms.ts';
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
  const { annotated, proven } = question;
  const { records: found } = page;
  const later =
    annotated === true ? await laterWords(parts, reader, { records: found, proven }) : {};
  return {
    ...later,
    records: found.map((one) => prove(parts, reader, one, proven)),
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

function laterWords(
  parts: AnswerParts,
  reader: PlaceReader,
  { records, proven }: { readonly records: readonly FoundPlace[] } & Pick<RecordQuestion, 'proven'>,
): Promise<Annotations> {
  const shown = {
    records: records.map(({ record }) => record.id),
    tasks: records.flatMap(({ record }) => record.task ?? []),
  };
  return annotationsOf(parts, reader, {
    ...shown,
    told: (one) => prove(parts, reader, one, proven),
  });
}

function prove(
  { logs }: AnswerParts,
  reader: PlaceReader,
  found: FoundPlace,
  proven: RecordQuestion['proven'],
): FoundPlace {
  if (proven === undefined) return found;
  const log = logs.find(({ origin }) => origin === found.origin);
  const bytes = reader.leaf(found);
  if (log === undefined || bytes === undefined) return found;
  const text = (of: Uint8Array) => Buffer.from(of).toString('utf8');
  const leaf = text(bytes);
  return proven === 'leaf'
    ? { ...found, leaf }
    : { ...found, leaf, proof: text(log.reader.proof(found.index)) };
}

/** A view is a question with a name; what is asked beside it narrows it. */
function askedText({ query, view }: RecordQuestion): string {
  return [view === undefined ? '' : viewText(view), query].filter((text) => text !== '').join(' ');
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
