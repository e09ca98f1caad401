import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { joinLabels, noLabels } from '#kernel/label.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { Stages } from '../path.ts';
import { Exit } from '../progress.ts';
import type { TaskLabelCache } from '../session-labels.ts';

export interface InspectInParts {
  readonly inspector: Pick<Inspector, 'arguments'>;
  readonly labels: TaskLabelCache;
}

/** What do the arguments carry, and what has this task already seen? */
export function inspectInStage({ inspector, labels }: InspectInParts): Stages['inspect-in'] {
  return ({ principal, call }) => {
    const content = contentOf(call.action);
    const carried =
      content === undefined ? noLabels : inspector.arguments(content.arguments).labels;
    if (carried.includes('confidentiality:secret')) {
      return new Exit(refusal('semantic/secret-in-arguments'), { labelsIn: carried });
    }
    const known = labels.of(principal);
    if (known instanceof Promise) {
      return known.then((task) => ({ labelsIn: joinLabels(task, carried) }));
    }
    return { labelsIn: joinLabels(known, carried) };
  };
}
