import { contentOf } from '#kernel/call.ts';
import type { FlowFacts } from '#kernel/decision.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { joinLabels, type Labels, noLabels } from '#kernel/label.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { Stages } from '../path.ts';
import type { OutflowKeeper } from '../outflow.ts';
import { Exit, type Inspected, type Resolved, type Step } from '../progress.ts';
import type { Heard } from '../heard.ts';
import type { ScopedData } from '../scoped-data.ts';
import type { Spoken } from '../spoken.ts';
import type { TaskLabelCache } from '../session-labels.ts';
import { nothingDeclared, type TaskFlow } from '../task-flow.ts';

export interface InspectInParts {
  readonly inspector: Pick<Inspector, 'arguments'>;
  readonly labels: TaskLabelCache;
  readonly flow: Pick<TaskFlow, 'judge'>;
  readonly outflow: Pick<OutflowKeeper, 'take'>;
  readonly scoped: ScopedData;
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
type Found = Step<Added> | Promise<Step<Added>>;

function withHeard(found: Found, heard: Heard): Found {
  if (found instanceof Promise) return found.then((one) => alsoHeard(one, heard));
  return alsoHeard(found, heard);
}

function alsoHeard(found: Step<Added>, heard: Heard): Step<Added> {
  if (isRefusal(found)) return new Exit(found, { heard });
  if (found instanceof Exit) return new Exit(found.why, { ...found.found, heard });
  return { ...found, heard };
}

function labelled(parts: InspectInParts, walk: Resolved, carried: Labels): Found {
  const known = parts.labels.of(walk.principal);
  if (known instanceof Promise) {
    return known.then((task) => inspected(parts, walk, joinLabels(task, carried)));
  }
  return inspected(parts, walk, joinLabels(known, carried));
}

function inspected(parts: InspectInParts, walk: Resolved, labelsIn: Labels): Found {
  const facts = parts.flow.judge(walk, labelsIn);
  return facts instanceof Promise
    ? facts.then((judged) => counted(parts, walk, { labelsIn, facts: judged }))
    : counted(parts, walk, { labelsIn, facts });
}

/** And how much of it there is, where that is counted. */
function counted(
  { outflow, scoped }: InspectInParts,
  walk: Resolved,
  { labelsIn, facts }: { readonly labelsIn: Labels; readonly facts: FlowFacts | undefined },
): Found {
  const scope = scoped(walk);
  const judged = scope === undefined ? facts : { ...(facts ?? nothingDeclared), scope };
  const taken = outflow.take(walk, labelsIn);
  if (taken === undefined) return judged === undefined ? { labelsIn } : { labelsIn, flow: judged };
  return taken.then((bulk) =>
    isRefusal(bulk)
      ? new Exit(bulk, { labelsIn })
      : { labelsIn, flow: { ...(judged ?? nothingDeclared), bulk } },
  );
}
