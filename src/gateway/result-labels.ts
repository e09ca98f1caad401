import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Lent } from './progress.ts';
import type { TaskLabelCache } from './session-labels.ts';
import type { TaskFlow } from './task-flow.ts';

export interface RaiseParts {
  readonly labels: Pick<TaskLabelCache, 'raise'>;
  readonly flow: Pick<TaskFlow, 'learn'>;
}

/**
 * What came from outside is about to be told: the labels of what it came from are raised.
 * INVARIANT: they are durable before a word of it is told, in a result, in an error or in what is
 * wrong with a result; if they cannot be, it is withheld. Its values are known from here on as well; of what is
 * not told whole (`result` is undefined) nothing is surely nobody's.
 */
export function raiseResultLabels(
  { labels, flow }: RaiseParts,
  walk: Lent,
  result?: JsonObject,
): Refusal | undefined | Promise<Refusal | undefined> {
  const { subject, principal, attempt } = walk;
  const { resultLabels } = subject.subjectClass;
  flow.learn(walk, result);
  attempt.labelsOut = resultLabels;
  const raised = labels.raise(principal, resultLabels, targetLabel(subject.target));
  return raised instanceof Promise
    ? raised.catch(() => refusal('semantic/label-unavailable'))
    : undefined;
}
