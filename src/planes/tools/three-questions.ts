import type { ThreeQuestions } from '#kernel/decision.ts';
import type { ResolvedTool } from './door.ts';

const sensitivityRank = { public: 0, internal: 1, sensitive: 2 } as const;

/** The three questions about a call of this tool; answered for every call, and recorded. */
export function threeQuestions({
  toolClass,
  manifest,
  outsideEnvelope,
}: ResolvedTool): ThreeQuestions {
  return {
    mayCallTool: true,
    insideEnvelope: outsideEnvelope === undefined,
    crossesSensitivity:
      sensitivityRank[toolClass.sensitivity] > sensitivityRank[manifest.sensitivity],
  };
}

/** Of a tool that the agent may not call: it has no envelope to leave and no boundary to cross. */
export const mayNotCall: ThreeQuestions = {
  mayCallTool: false,
  insideEnvelope: true,
  crossesSensitivity: false,
};
