import type { DecisionInput } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';

/** What a rule may name. Without a name of its own: everything of its kind that its owner has. */
export interface NamedTarget {
  readonly target: Target;
  /** Of what is approved or configured of it: another one at a call is an error, and a deny. */
  readonly digest: string;
  /** JSON Schema of its content; rules read the content only where there is one. */
  readonly input?: JsonObject;
  /** Its owner lists all that it has of this kind: a rule that names another one names nothing. */
  readonly isOneOfAll?: boolean;
}

export interface PolicyProblem {
  readonly policy: string;
  readonly message: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** One rule that applied, with what its annotations say. */
export interface AppliedRule {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** Set when the rule asks for a human instead of settling it: the class of yes. */
  readonly approvalClass: string | undefined;
  /**
   * Of a permit that names its targets one by one: whether its calls still wait for a human once
   * untrusted content was read. `ask` is what everything does without it, and wins over the others; `proved`
   * lets those go of which each value is proved to be the user's.
   */
  readonly untrusted?: 'allow' | 'ask' | 'proved' | undefined;
}

export interface Evaluation {
  /** Every satisfied rule, permits and forbids. */
  readonly applied: readonly AppliedRule[];
  /** INVARIANT: not empty means deny; an erroring `forbid` must never be skipped. */
  readonly errors: readonly string[];
  /** The error is that the call carries more than rules may be asked about; the engine was not asked. */
  readonly tooLarge?: boolean;
}

export interface LoadedPolicies {
  /** Names the bundle, and what decides by it, in every decision that it led to. */
  readonly digest: string;
  /** Waits only for what cannot be answered on the spot; the caller's call waits with it. */
  evaluate(input: DecisionInput): Evaluation | Promise<Evaluation>;
  /** Plain text of which another process makes the same set, without judging it again. */
  readonly judged?: string;
}

export type PoliciesLoad =
  | {
      readonly kind: 'loaded';
      readonly policies: LoadedPolicies;
      /** What an author should know: a rule that names what is not there yet. */
      readonly warnings?: readonly PolicyProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] };

/** Judges text, then decides. Text is validated strictly before it can decide anything. */
export interface PolicyEngine {
  readonly name: string;
  /**
   * All problems at once; with any problem nothing is loaded. Targets give the typed schema. What takes
   * long is done off the caller's event loop.
   */
  load(set: PolicySet): PoliciesLoad | Promise<PoliciesLoad>;
  readonly health?: () => PolicyHealth;
}

/** Two evaluators did not say the same of one call. The rules are those that they differ about. */
export interface PolicyDoubt {
  readonly tenant: string;
  readonly target: string;
  readonly rules: readonly string[];
  readonly policyDigest: string;
}

export interface PolicyHealth {
  /** False when the one that decisions are compared with gave no answer when it was asked last. */
  readonly oracleAnswers: boolean;
  /** The first of each tenant. INVARIANT: from it on no call of that tenant is decided by one alone. */
  readonly doubts: readonly PolicyDoubt[];
}

export interface PolicySet {
  readonly tenant: string;
  readonly policies: readonly PolicyEntry[];
  readonly targets: readonly NamedTarget[];
  /**
   * What an engine made of this very set before. INVARIANT: what was made of any other set is invalid,
   * and so is what cannot be read; of another version's form the engine judges by itself.
   */
  readonly judged?: string | undefined;
  /** It decides nothing. INVARIANT: that evaluators differ about it is a doubt about no other set, and changes no digest. */
  readonly isShadow?: boolean;
}
