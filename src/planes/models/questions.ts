import type { ThreeQuestions } from '#kernel/decision.ts';
import { isConfidential, type Labels } from '#kernel/label.ts';
import type { ResolvedModel } from './door.ts';

/**
 * The three questions about a generation of a task that carries these labels. INVARIANT: what is
 * confidential in any way goes only to a model that may be sent what is sensitive; what a task may have
 * read is in its labels, not in its manifest.
 */
export function modelQuestions(
  { model, outsideEnvelope }: Pick<ResolvedModel, 'model' | 'outsideEnvelope'>,
  labels: Labels,
): ThreeQuestions {
  return {
    mayCallTool: true,
    insideEnvelope: outsideEnvelope === undefined,
    crossesSensitivity: labels.some(isConfidential) && model.sensitivity !== 'sensitive',
  };
}
