import { type Refusal, refusal } from '#kernel/errors.ts';
import type { StageParts } from './stages.ts';
import type { Walk } from './walk.ts';

/**
 * What a tool server wrote is about to be told: the labels of its tool are raised. INVARIANT: they
 * are durable before a word of it is told, in a result, in an error or in what is wrong with a
 * result; if they cannot be, it is withheld.
 */
export function raiseResultLabels(
  { labels }: Pick<StageParts, 'labels'>,
  walk: Walk,
): Refusal | undefined | Promise<Refusal | undefined> {
  const { tool, principal } = walk;
  if (tool === undefined || principal === undefined) return refusal('gateway/internal');
  walk.labelsOut = tool.toolClass.resultLabels;
  const source = `${tool.id.server}/${tool.id.tool}`;
  const raised = labels.raise(principal, tool.toolClass.resultLabels, source);
  return raised instanceof Promise
    ? raised.catch(() => refusal('semantic/label-unavailable'))
    : undefined;
}
