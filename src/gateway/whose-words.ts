import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordOptions } from '#planes/audit/index.ts';
import type { GrowingDraft } from './drafts.ts';
import type { SoFar, Stood } from './progress.ts';

/**
 * Whose a call's arguments and answers are: the user's for whom the agent acts, else the agent's own, by
 * the name that records have. Without a subject is what a gateway asks by itself: that is nobody's.
 */
export function whoseWords({ kind, user, agent }: Principal): RecordOptions {
  return kind === 'system' ? {} : { subject: user?.subject ?? agent };
}

/**
 * What is kept, sealed, of what left as an answer: as it was released, so no secret stands in it. INVARIANT:
 * a record of an answer that is not kept says why.
 */
export function keptAnswer(
  draft: GrowingDraft,
  { principal, subject }: Pick<Stood & SoFar, 'principal' | 'subject'>,
  answer: Buffer | undefined,
): Buffer | undefined {
  if (answer === undefined || principal.kind === 'system') return undefined;
  const isLarge = answer.length > limits.sealedResultBytes;
  const notKept = subject?.subjectClass.record ?? (isLarge ? 'too-large' : undefined);
  if (notKept === undefined) return answer;
  draft.details = { ...draft.details, notKept };
  return undefined;
}
