import type { ThreeQuestions } from '#kernel/decision.ts';
import { aboveClearance, isConfidential, type Labels } from '#kernel/label.ts';
import type { ResolvedModel } from './door.ts';

/**
 * The three questions about a generation of a task that carries these labels. INVARIANT: what is
 * confidential in any way goes only to a model that may be sent what is sensitive, or whose document clears it for
 * exactly that; what a task may have read is in its labels, not in its manifest.
 */
export function modelQuestions(
  { model, outsideEnvelope }: Pick<ResolvedModel, 'model' | 'outsideEnvelope'>,
  labels: Labels,
): ThreeQuestions {
  return {
    mayCallTool: true,
    insideEnvelope: outsideEnvelope === undefined,
    crossesSensitivity: crosses(model, labels),
  };
}

function crosses(
  { clearance, sensitivity }: Pick<ResolvedModel['model'], 'clearance' | 'sensitivity'>,
  labels: Labels,
): boolean {
  if (clearance !== undefined) return aboveClearance(labels, clearance).length > 0;
  return labels.some(isConfidential) && sensitivity !== 'sensitive';
}
