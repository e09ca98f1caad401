import type { Place, RecordIndex, Span } from '#contracts/record-index.ts';
import type { Condition, RecordQuery } from './parse-query.ts';
import { everyRecord } from './record-terms.ts';

/** How many places are asked for at once, of all terms of a condition. */
const chunk = 512;
/** What decides between conditions: which of them has the fewest, counted no further. */
const mostWeighed = 5_000;

export interface Chunk {
  /** What was looked at, in order. */
  readonly looked: readonly Place[];
  /** Those of them that may hold what is asked for. */
  readonly left: readonly Place[];
  /** There are no more behind these. */
  readonly ended: boolean;
}

export interface CandidateOrder {
  readonly newestFirst: boolean;
  readonly after: Place | undefined;
}

/** Goes along the condition that has the fewest records, and asks the index of each about the others. */
export function* candidatesOf(
  index: RecordIndex,
  query: RecordQuery,
  order: CandidateOrder,
): Generator<Chunk> {
  const span = { from: query.from, to: query.to };
  const driver = rarest(index, query.conditions, span);
  const others = query.conditions.filter((one) => one !== driver);
  for (const { places, ended } of mergeTerms(index, driver?.anyOf ?? [everyRecord], {
    span,
    ...order,
  })) {
    const left = places.filter((place) => others.every((one) => meets(index, one, place)));
    yield { looked: places, left, ended };
  }
}

function meets(index: RecordIndex, { not, anyOf }: Condition, place: Place): boolean {
  return anyOf.some((term) => index.has(term, place)) !== not;
}

function rarest(
  index: RecordIndex,
  conditions: readonly Condition[],
  span: Span,
): Condition | undefined {
  let best: { readonly condition: Condition; readonly count: number } | undefined;
  for (const condition of conditions) {
    if (condition.not) continue;
    let count = 0;
    for (const term of condition.anyOf) {
      if (count < mostWeighed) count += index.count(term, span, mostWeighed - count);
    }
    if (best === undefined || count < best.count) best = { condition, count };
  }
  return best?.condition;
}

/**
 * The places of several terms as one list, each once. INVARIANT: of each term no more is held than one chunk,
 * however many records have it.
 */
function* mergeTerms(
  index: RecordIndex,
  terms: readonly string[],
  { span, newestFirst, after }: CandidateOrder & { readonly span: Span },
): Generator<{ readonly places: readonly Place[]; readonly ended: boolean }> {
  const most = Math.max(16, Math.ceil(chunk / terms.length));
  const inOrder = newestFirst ? (a: Place, b: Place) => -compare(a, b) : compare;
  let last = after;
  for (;;) {
    const lists = terms.map((term) => index.places(term, span, { newestFirst, after: last, most }));
    // Behind the end of a list that was cut there may be more of it: until the first of those, all is known.
    const cut = lists.flatMap((list) => (list.length < most ? [] : list.slice(-1)));
    const [known] = cut.sort(inOrder);
    const places: Place[] = [];
    for (const place of lists.flat().sort(inOrder)) {
      if (known !== undefined && inOrder(place, known) > 0) break;
      if (last === undefined || compare(place, last) !== 0) places.push(place);
      last = place;
    }
    yield { places, ended: known === undefined };
    if (known === undefined) return;
  }
}

function compare(a: Place, b: Place): number {
  return a.at - b.at || a.log - b.log || a.index - b.index;
}
