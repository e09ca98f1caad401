import type { PolicyProblem } from '#contracts/policy-engine.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import type { Snapshot } from '#kernel/snapshot.ts';

/** Whose call of what; of what nobody may name, the worst is assumed. */
export type RefusedSubject = Pick<
  DecisionInput,
  'tenant' | 'agent' | 'target' | 'effectClass' | 'reversible' | 'labels'
>;

/** The gateway's half: default deny, errors deny, labels raise the answer. Never throws. */
export interface PolicyGate {
  /** Loads the policies of every tenant; with problems the previous ones stay in force. */
  adopt(snapshot: Snapshot): readonly PolicyProblem[];
  decide(input: DecisionInput, questions: ThreeQuestions): Decision;
  /** The decision of a call that fails its questions before policy could be asked: a deny by their names. */
  refuse(subject: RefusedSubject, questions: ThreeQuestions): Decision;
  digest(tenant: string): string;
}
