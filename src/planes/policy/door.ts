import type { PolicyHealth } from '#contracts/policy-engine.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';

/** Whose call of what; of what nobody may name, the worst is assumed. */
export type RefusedSubject = Pick<
  DecisionInput,
  'tenant' | 'agent' | 'target' | 'effectClass' | 'reversible' | 'labels'
>;

/** The policies of one Snapshot: default deny, errors deny, labels raise the answer. Never throws. */
export interface PolicyView {
  /** Waits only for a rule that the engine cannot answer on the spot; never rejects. */
  decide(input: DecisionInput, questions: ThreeQuestions): Decision | Promise<Decision>;
  /** The decision of a call that fails its questions before policy could be asked: a deny by their names. */
  refuse(subject: RefusedSubject, questions: ThreeQuestions): Decision;
  digest(tenant: string): string;
}

/** Loads the policies of every tenant, or refuses with every problem of all of them. */
export interface PolicyGate extends PlanePart<PolicyView> {
  health(): PolicyHealth;
}
