import type { Place } from '#contracts/record-index.ts';
import { limits } from '#kernel/limits.ts';
import type { AnswerParts } from './answer-parts.ts';
import { candidatesOf } from './candidates.ts';
import type { FoundPlace } from './door.ts';
import type { RecordQuery } from './parse-query.ts';
import type { PlaceReader } from './place-reader.ts';
import { meetsAll } from './record-terms.ts';

/** Together, so that what proves one proves its neighbours; and no more than is looked at in a moment. */
const readAtOnce = 64;

export interface PageAsk {
  readonly query: RecordQuery;
  readonly newestFirst: boolean;
  readonly after: Place | undefined;
  readonly most: number;
}

export interface ReadPage {
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
