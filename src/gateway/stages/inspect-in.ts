import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { joinLabels, type Labels, noLabels } from '#kernel/label.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { Stages } from '../path.ts';
import { Exit, type Inspected, type Resolved } from '../progress.ts';
import type { Heard } from '../heard.ts';
import type { Spoken } from '../spoken.ts';
import type { TaskLabelCache } from '../session-labels.ts';
import type { TaskFlow } from '../task-flow.ts';

export interface InspectInParts {
  readonly inspector: Pick<Inspector, 'arguments'>;
  readonly labels: TaskLabelCache;
  readonly flow: Pick<TaskFlow, 'judge'>;
  readonly spoken: Spoken;
}

/** What do the arguments carry, what has this task already seen, what did its user say, and where do their values come from? */
export function inspectInStage(parts: InspectInParts): Stages['inspect-in'] {
  const { inspector, spoken } = parts;
  return (walk) => {
    const content = contentOf(walk.call.action);
    const carried =
      content === undefined ? noLabels : inspector.arguments(content.arguments).labels;
    if (carried.includes('confidentiality:secret')) {
      return new Exit(refusal('semantic/secret-in-arguments'), { labelsIn: carried });
    }
    const heard = spoken.hear(walk);
    if (heard === undefined) return labelled(parts, walk, carried);
    // INVARIANT: what was said is kept before the call is judged that brought it.
    if (!(heard instanceof Promise)) return withHeard(labelled(parts, walk, carried), heard);
    return heard.then(async (one) => withHeard(await labelled(parts, walk, carried), one));
  };
}

type Added = Pick<Inspected, 'labelsIn' | 'flow' | 'heard'>;

function withHeard(added: Added | Promise<Added>, heard: Heard): Added | Promise<Added> {
  if (added instanceof Promise) return added.then((one) => ({ ...one, heard }));
  return { ...added, heard };
}

function labelled(
  { labels, flow }: InspectInParts,
  walk: Resolved,
  carried: Labels,
): Added | Promise<Added> {
  const known = labels.of(walk.principal);
  if (known instanceof Promise) {
    return known.then((task) => inspected(flow, walk, joinLabels(task, carried)));
  }
  return inspected(flow, walk, joinLabels(known, carried));
}

function inspected(
  flow: InspectInParts['flow'],
  walk: Resolved,
  labelsIn: Labels,
): Added | Promise<Added> {
  const facts = flow.judge(walk, labelsIn);
  if (facts === undefined) return { labelsIn };
  return facts instanceof Promise
    ? facts.then((judged) => (judged === undefined ? { labelsIn } : { labelsIn, flow: judged }))
    : { labelsIn, flow: facts };
}
