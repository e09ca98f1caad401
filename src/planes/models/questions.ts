import type { ThreeQuestions } from '#kernel/decision.ts';
import type { ResolvedModel } from './door.ts';

const sensitivityRank = { public: 0, internal: 1, sensitive: 2 } as const;

/** The three questions about a generation: sensitivity says what may be sent out to this model. */
export function modelQuestions({
  model,
  manifest,
  outsideEnvelope,
}: ResolvedModel): ThreeQuestions {
  return {
    mayCallTool: true,
    insideEnvelope: outsideEnvelope === undefined,
    crossesSensitivity: sensitivityRank[model.sensitivity] > sensitivityRank[manifest.sensitivity],
  };
}
