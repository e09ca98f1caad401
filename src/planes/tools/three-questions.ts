import type { ThreeQuestions } from '#kernel/decision.ts';
import { aboveClearance } from '#kernel/label.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { ResolvedTool } from './door.ts';

/** What of a subject the questions are about, tool or not. */
export interface Questioned extends Pick<ResolvedTool, 'outsideEnvelope'> {
  /** False of what the manifest does not list. */
  readonly isListed?: boolean;
  readonly toolClass: Pick<ResolvedTool['toolClass'], 'sensitivity' | 'resultLabels'>;
  readonly agent: Pick<AgentEntry, 'clearance'>;
  readonly manifest: Pick<ResolvedTool['manifest'], 'sensitivity'>;
}

export const sensitivityRank = { public: 0, internal: 1, sensitive: 2 } as const;

/** The three questions about a call of this tool; answered for every call, and recorded. */
export function threeQuestions({
  toolClass,
  manifest,
  agent,
  outsideEnvelope,
  isListed = true,
}: Questioned): ThreeQuestions {
  return {
    mayCallTool: isListed,
    insideEnvelope: outsideEnvelope === undefined,
    crossesSensitivity:
      sensitivityRank[toolClass.sensitivity] > sensitivityRank[manifest.sensitivity] ||
      // INVARIANT: what would come back counts before anybody is asked for it.
      aboveClearance(toolClass.resultLabels, agent.clearance).length > 0,
  };
}

/** Of a tool that the agent may not call: it has no envelope to leave and no boundary to cross. */
export const mayNotCall: ThreeQuestions = {
  mayCallTool: false,
  insideEnvelope: true,
  crossesSensitivity: false,
};
