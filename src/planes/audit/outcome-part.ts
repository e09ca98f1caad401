import type { PartsTally } from '#kernel/outcome-parts.ts';
import type { Commitment, RecordDraft } from '#kernel/record.ts';

/**
 * The record of the next window of an answer. INVARIANT: it is durable before the window leaves;
 * then it is added to the tally, which the outcome names.
 */
export function outcomePartDraft(
  call: RecordDraft,
  intent: string,
  tally: PartsTally,
  commitment: Commitment,
): RecordDraft {
  const { tenant, actors, session, task, call: id, method, source, named, target } = call;
  return {
    type: 'policy.outcome-part',
    tenant,
    actors,
    intent,
    part: { number: tally.next, bytes: commitment.bytes, commitment },
    ...(session === undefined ? {} : { session }),
    ...(task === undefined ? {} : { task }),
    ...(id === undefined ? {} : { call: id }),
    ...(method === undefined ? {} : { method }),
    ...(source === undefined ? {} : { source }),
    ...(named === undefined ? {} : { named }),
    ...(target === undefined ? {} : { target }),
  };
}
