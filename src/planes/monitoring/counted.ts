import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';

/** One refusal and how often it came again. */
export interface Counted {
  readonly draft: RecordDraft;
  readonly since: number;
  count: number;
}

type CountedType = 'gateway.refused-unknown' | 'gateway.refused-repeated';

/** The record of the count; undefined when there is nothing that was not recorded already. */
export function countedDraft(type: CountedType, one: Counted): RecordDraft | undefined {
  const { draft, since, count } = one;
  if (count === 0 || draft.refusal === undefined) return undefined;
  return {
    ...draft,
    type,
    refusal: { ...draft.refusal, count },
    details: { ...draft.details, since: isoTime(since) },
  };
}
