import type { PolicyProblem } from '#contracts/policy-engine.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import type { Snapshot } from '#kernel/snapshot.ts';

/** The gateway's half: default deny, errors deny, labels raise the answer. Never throws. */
export interface PolicyGate {
  /** Loads the policies of every tenant; with problems the previous ones stay in force. */
  adopt(snapshot: Snapshot): readonly PolicyProblem[];
  decide(input: DecisionInput, questions: ThreeQuestions): Decision;
  digest(tenant: string): string;
}
