import type { JsonObject } from './json/value.ts';
import type { Labels } from './label.ts';
import type { UserLeg } from './principal.ts';
import type { Target } from './target.ts';

export type Effect = 'allow' | 'deny' | 'approve';

/** POL-14: the three questions, answered and recorded for every call. */
export interface ThreeQuestions {
  readonly mayCallTool: boolean;
  readonly insideEnvelope: boolean;
  readonly crossesSensitivity: boolean;
}

/** A decision is data: it carries its reasons. */
export interface Decision {
  readonly effect: Effect;
  /** Ids of the rules that led to it. INVARIANT: recorded, never shown to the agent. */
  readonly rules: readonly string[];
  readonly policyDigest: string;
  readonly questions: ThreeQuestions;
  /** Which kind of yes is asked; a grant of another class does not serve. */
  readonly approvalClass: string | undefined;
  /** Why, for people who may read policy: approver, analyst, auditor. */
  readonly explanation: string;
  readonly errors: readonly string[];
  /** It is an error because the arguments are more than the engine is ever asked about. */
  readonly tooLarge?: boolean;
}

/** What the policy engine sees. Plain data, so that a recorded one can be replayed. */
export interface DecisionInput {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly user: string | undefined;
  /** More of the user than the name; only rules that ask for a user see it. */
  readonly person?: UserLeg | undefined;
  /** Agents through whom it came; missing when nobody handed over. */
  readonly via?: readonly string[];
  readonly binding: string;
  /** What the call is about, of whatever kind. */
  readonly target: Target;
  /** Of what a human approved of it, such as the definition of a tool. */
  readonly targetDigest: string;
  readonly effectClass: string;
  readonly reversible: boolean;
  readonly sensitivity: string;
  readonly arguments: JsonObject;
  readonly labels: Labels;
  readonly environment: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}
