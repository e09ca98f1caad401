import { type Refusal, refusal } from '#kernel/errors.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Lent } from './progress.ts';
import type { TaskLabelCache } from './session-labels.ts';

export interface RaiseParts {
  readonly labels: Pick<TaskLabelCache, 'raise'>;
}

/**
 * What came from outside is about to be told: the labels of what it came from are raised.
 * INVARIANT: they are durable before a word of it is told, in a result, in an error or in what is
 * wrong with a result; if they cannot be, it is withheld.
 */
export function raiseResultLabels(
  { labels }: RaiseParts,
  { subject, principal, attempt }: Lent,
): Refusal | undefined | Promise<Refusal | undefined> {
  const { resultLabels } = subject.subjectClass;
  attempt.labelsOut = resultLabels;
  const raised = labels.raise(principal, resultLabels, targetLabel(subject.target));
  return raised instanceof Promise
    ? raised.catch(() => refusal('semantic/label-unavailable'))
    : undefined;
}
