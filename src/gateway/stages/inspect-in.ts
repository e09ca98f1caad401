import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { joinLabels, noLabels } from '#kernel/label.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** What do the arguments carry, and what has this task already seen? */
export function inspectInStage({ inspector, labels }: StageParts): Stage {
  return (walk): StageResult | Promise<StageResult> => {
    const { principal, call } = walk;
    const content = contentOf(call.action);
    if (principal === undefined) return refusal('identity/missing');
    const carried =
      content === undefined ? noLabels : inspector.arguments(content.arguments).labels;
    if (carried.includes('confidentiality:secret')) {
      walk.labelsIn = carried;
      return refusal('semantic/secret-in-arguments');
    }
    const known = labels.of(principal.tenant, principal.task);
    if (known instanceof Promise) {
      return known.then((session) => takeLabels(walk, joinLabels(session, carried)));
    }
    return takeLabels(walk, joinLabels(known, carried));
  };
}

function takeLabels(walk: Walk, labels: Walk['labelsIn']): undefined {
  walk.labelsIn = labels;
  return undefined;
}
