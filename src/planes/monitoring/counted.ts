import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import { Distinct } from './distinct.ts';

/** One refusal and how often it came again since it was last told. */
export interface Counted {
  readonly draft: RecordDraft;
  since: number;
  count: number;
  /** Set when the count may fold different refusals together: how many of it were different. */
  distinct: Distinct | undefined;
}

type CountedType = 'gateway.refused-unknown' | 'gateway.refused-repeated';

/**
 * Takes what was counted out of it; undefined when there is nothing that was not recorded already.
 * The record says up to when it counts, and how often counts are written: a process that is killed
 * loses what came after, and no more than that.
 */
export function takeCount(type: CountedType, one: Counted, now: number): RecordDraft | undefined {
  const { draft: first, since, count, distinct } = one;
  // Sealed with the first of them, which has a record of its own.
  const { heard: _, ...draft } = first;
  one.since = now;
  one.count = 0;
  if (distinct !== undefined) one.distinct = new Distinct();
  if (count === 0 || draft.refusal === undefined) return undefined;
  const folded = distinct === undefined ? {} : { distinctAtLeast: distinct.atLeast };
  return {
    ...draft,
    type,
    refusal: { ...draft.refusal, count },
    details: {
      ...draft.details,
      since: isoTime(since),
      until: isoTime(now),
      everyMs: limits.refusalCountMs,
      ...folded,
    },
  };
}

/** What is true of all that a count folds together: nothing that only the first one said. */
export function commonDraft(draft: RecordDraft): RecordDraft {
  const { type, tenant, actors, method, source, effect, refusal } = draft;
  return {
    type,
    tenant,
    actors,
    ...(method === undefined ? {} : { method }),
    ...(source === undefined ? {} : { source }),
    ...(effect === undefined ? {} : { effect }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** As above, of callers that have nothing in common but tenant and code. */
export function anybodysDraft(draft: RecordDraft): RecordDraft {
  const actors = [{ kind: 'agent', name: 'unknown@other' }] as const;
  return { ...commonDraft(draft), actors, source: 'other' };
}
