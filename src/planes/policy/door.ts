import type { AppliedRule, PolicyHealth } from '#contracts/policy-engine.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';

/** Whose call of what; of what nobody may name, the worst is assumed. */
export type RefusedSubject = Pick<
  DecisionInput,
  'tenant' | 'agent' | 'target' | 'effectClass' | 'reversible' | 'labels'
>;

/** What is thought away, or added, where somebody asks what would change an answer. */
export interface Otherwise {
  /** Ids of rules that are not there. */
  readonly without: ReadonlySet<string>;
  /** One more rule, which permits it without asking anybody. */
  readonly permitted: boolean;
}

/** One evaluation, from which several decisions can be made. For people: the path never asks it. */
export interface Weighed {
  readonly applied: readonly AppliedRule[];
  readonly errors: readonly string[];
  /** INVARIANT: rules do not know of each other, so one that is not there is one that did not apply; an error stays. */
  decide(questions: ThreeQuestions, otherwise: Otherwise): Decision;
}

/** The policies of one Snapshot: default deny, errors deny, labels raise the answer. Never throws. */
export interface PolicyView {
  /** Waits only for a rule that the engine cannot answer on the spot; never rejects. */
  decide(input: DecisionInput, questions: ThreeQuestions): Decision | Promise<Decision>;
  /** The decision of a call that fails its questions before policy could be asked: a deny by their names. */
  refuse(subject: RefusedSubject, questions: ThreeQuestions): Decision;
  /** Names the set in which those in shadow decide; undefined where there are none. */
  shadowDigest(tenant: string): string | undefined;
  /** What would be decided if the policies in shadow decided too; undefined where there are none. Never rejects. */
  shadow(input: DecisionInput, questions: ThreeQuestions): Decision | Promise<Decision> | undefined;
  /** Every rule that applies, and what would be decided without some of them. Never rejects. */
  weigh(input: DecisionInput): Promise<Weighed>;
  digest(tenant: string): string;
}

/** Loads the policies of every tenant, or refuses with every problem of all of them. */
export interface PolicyGate extends PlanePart<PolicyView> {
  health(): PolicyHealth;
}
