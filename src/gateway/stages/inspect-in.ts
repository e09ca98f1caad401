import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { joinLabels, type Labels, noLabels } from '#kernel/label.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { Stages } from '../path.ts';
import { Exit, type Inspected, type Resolved } from '../progress.ts';
import type { TaskLabelCache } from '../session-labels.ts';
import type { TaskFlow } from '../task-flow.ts';

export interface InspectInParts {
  readonly inspector: Pick<Inspector, 'arguments'>;
  readonly labels: TaskLabelCache;
  readonly flow: Pick<TaskFlow, 'judge'>;
}

/** What do the arguments carry, what has this task already seen, and where do their values come from? */
export function inspectInStage({ inspector, labels, flow }: InspectInParts): Stages['inspect-in'] {
  return (walk) => {
    const { principal, call } = walk;
    const content = contentOf(call.action);
    const carried =
      content === undefined ? noLabels : inspector.arguments(content.arguments).labels;
    if (carried.includes('confidentiality:secret')) {
      return new Exit(refusal('semantic/secret-in-arguments'), { labelsIn: carried });
    }
    const known = labels.of(principal);
    if (known instanceof Promise) {
      return known.then((task) => inspected(flow, walk, joinLabels(task, carried)));
    }
    return inspected(flow, walk, joinLabels(known, carried));
  };
}

type Added = Pick<Inspected, 'labelsIn' | 'flow'>;

function inspected(
  flow: InspectInParts['flow'],
  walk: Resolved,
  labelsIn: Labels,
): Added | Promise<Added> {
  const facts = flow.judge(walk, labelsIn);
  if (facts === undefined) return { labelsIn };
  return facts instanceof Promise
    ? facts.then((judged) => ({ labelsIn, flow: judged }))
    : { labelsIn, flow: facts };
}
