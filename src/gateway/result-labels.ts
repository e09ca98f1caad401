import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Lent } from './progress.ts';
import type { TaskLabelCache } from './session-labels.ts';
import type { TaskFlow } from './task-flow.ts';
import { type TaskObjects, withObjectLabels } from './task-objects.ts';

export interface RaiseParts {
  readonly labels: Pick<TaskLabelCache, 'raise'>;
  readonly flow: Pick<TaskFlow, 'learn'>;
  readonly objects: Pick<TaskObjects, 'end'>;
}

/**
 * What came from outside is about to be told: the labels of what it came from are raised, with those that the
 * things carry which it read. INVARIANT: they are durable before a word of it is told, in a result, in an error or
 * in what is wrong with a result; if they cannot be, it is withheld. Its values are known from here on as well; of
 * what is not told whole (`result` is undefined) nothing is surely nobody's.
 */
export function raiseResultLabels(
  parts: RaiseParts,
  walk: Lent,
  result?: JsonObject,
): Refusal | undefined | Promise<Refusal | undefined> {
  const source = targetLabel(walk.subject.target);
  const read = parts.objects.end(walk, result);
  if (read === undefined) return raised(parts, walk, { result, source });
  return read.then((found) => {
    if (isRefusal(found)) return found;
    return found === undefined
      ? raised(parts, walk, { result, source })
      : raised(parts, withObjectLabels(walk, found), { result, source: found.source });
  });
}

function raised(
  { labels, flow }: RaiseParts,
  walk: Lent,
  { result, source }: { readonly result: JsonObject | undefined; readonly source: string },
): Refusal | undefined | Promise<Refusal | undefined> {
  const { subject, principal, attempt } = walk;
  const { resultLabels } = subject.subjectClass;
  flow.learn(walk, result);
  attempt.labelsOut = resultLabels;
  const raise = labels.raise(principal, resultLabels, source);
  return raise instanceof Promise
    ? raise.catch(() => refusal('semantic/label-unavailable'))
    : undefined;
}
