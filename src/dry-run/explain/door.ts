import type { MarkClaims } from '#contracts/claim-marks.ts';
import type { CompiledConfiguration, Configuration, PlanePart } from '#contracts/plane-part.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import type { Approval } from '#kernel/grant.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { PolicyView, RulePlace } from '#planes/policy/index.ts';

/** A recorded decision with what else is on record of it. */
export interface Story {
  readonly record: RecordEnvelope;
  /** Of the same call, in the order of their times. */
  readonly related: readonly RecordEnvelope[];
  /** `label.raised` of its task. */
  readonly raised: readonly RecordEnvelope[];
  readonly approval: Approval | undefined;
  /** False while the index cannot be asked: then nobody knows what else there is. */
  readonly isWhole: boolean;
}

/** By which configuration it is explained. */
export interface Explaining {
  readonly configuration: Configuration | undefined;
  readonly footing: Footing;
}

export type Footing =
  | 'same' // the very configuration that decided is in force
  | 'same-policies' // other documents have changed since; the rules are those that decided
  | 'put-back' // the rules of then, made of the kept versions of their documents, proved by their digest
  | 'moved'; // the rules of then are not kept, or it was decided over other pins: told by those of now

export interface ExplainParts {
  readonly policy: PlanePart<PolicyView>;
  readonly judges: readonly TargetJudge[];
  /** As gateways mark claims of users in records. */
  readonly markClaims: MarkClaims;
  /** What would be, with entries of `base` that are others; touches nothing that is in force. */
  readonly alter: (
    base: Configuration,
    tenant: string,
    change: (entry: TenantSnapshot) => TenantSnapshot,
  ) => Promise<CompiledConfiguration>;
}

export type GateAnswer = 'passed' | 'refused' | 'asked' | 'let-through' | 'not-reached' | 'unknown';

/** What one gate said of the call. */
export interface GateSaid {
  readonly gate: string;
  readonly answer: GateAnswer;
  readonly sentence: string;
}

export interface LabelTold {
  readonly label: string;
  /** What it came with; undefined where nothing on record says. */
  readonly source: string | undefined;
  readonly record: string | undefined;
  readonly sentence: string;
}

export interface ApprovalTold {
  readonly id: string;
  readonly class: string;
  readonly state: string;
  readonly sentence: string;
}

/** One thing that would have to be otherwise. */
export interface Altered {
  readonly kind:
    | 'approval' // somebody says yes
    | 'label' // the call does not carry it
    | 'group' // its user is in it
    | 'key' // it proves a key
    | 'rule' // it is not there
    | 'permit' // there is one more
    | 'manifest' // it lists the target
    | 'bounds' // it holds the arguments
    | 'sensitivity' // it reaches so far
    | 'server-group'; // the agent is of it
  readonly sentence: string;
}

export interface Nearest {
  /** What deciding again says: as on record, or not. */
  readonly again: string;
  readonly agrees: boolean;
  /** What its arguments were taken to be. */
  readonly arguments: 'given' | 'least';
  /** Each is enough by itself, and nothing less of it is; the smallest first. */
  readonly sets: readonly (readonly Altered[])[];
  readonly tried: number;
  /** False where there was more to try than is ever tried. */
  readonly isWhole: boolean;
}

export interface Explained {
  readonly verdict: 'allowed' | 'held' | 'refused' | 'let-through';
  readonly summary: string;
  readonly who: readonly string[];
  readonly what: readonly string[];
  readonly where: readonly string[];
  readonly gates: readonly GateSaid[];
  readonly rules: readonly (RulePlace & { readonly sentence: string })[];
  readonly labels: readonly LabelTold[];
  readonly approvals: readonly ApprovalTold[];
  readonly ended: string;
  readonly footing: Footing;
  /** What opens the gate that refused. Nothing where none did. */
  readonly wayOut: readonly string[];
  /** Undefined where it was allowed, or nothing can be decided again; then `notAgain` says why. */
  readonly nearest: Nearest | undefined;
  readonly notAgain: string | undefined;
}
