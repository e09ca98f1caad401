import type { Configuration } from '#contracts/plane-part.ts';
import type { ArgumentHeaders } from '#kernel/call.ts';
import type { ThreeQuestions } from '#kernel/decision.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Autonomy } from '#kernel/snapshot.ts';
import type { Target, TargetKind } from '#kernel/target.ts';
import type { EffectClass, SoftPhase, ToldAs, ToolFlow } from '#kernel/tool.ts';

/** What something can do and what comes back from it, as its document says. */
export interface SubjectClass {
  readonly effect: EffectClass;
  readonly reversible: boolean;
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
  readonly resultLabels: Labels;
  /** Absent where its results are kept, sealed, beside their records. */
  readonly record?: 'commitment-only';
  /** Absent where its document says nothing of what flows through it. */
  readonly flow?: ToolFlow;
  /** Absent where results are told as they came. */
  readonly told?: ToldAs;
  /** Set where results are also looked through for sentences that tell an agent what to do. */
  readonly scored?: true;
}

/** One call of one target, as far as its plane judges it: what policy is asked with. */
export interface Judged {
  readonly target: Target;
  /** Names the definition that was approved, or the document that it stands in. */
  readonly digest: string;
  /** Name of the manifest that lists it. */
  readonly manifest: string;
  readonly environment: string;
  readonly autonomy?: Autonomy | undefined;
  readonly subjectClass: SubjectClass;
  readonly questions: ThreeQuestions;
  /** The same, where they depend on what the call carries. */
  readonly questionsFor?: ((labels: Labels) => ThreeQuestions) | undefined;
  /** Set when an argument lies outside the bounds: the call is refused with it. */
  readonly outsideEnvelope: Refusal | undefined;
  /** Set while what is decided of it is told and not enforced. */
  readonly phase?: SoftPhase | undefined;
}

/** Who asks, and by which configuration it is judged. */
export interface Asker {
  readonly configuration: Configuration;
  readonly principal: Principal;
}

/**
 * A plane's word on targets of its kinds. INVARIANT: the gateway and whoever explains a call ask the
 * same judge, so an explanation is what would happen.
 */
export interface TargetJudge<
  Found extends { readonly judged: Judged } = { readonly judged: Judged },
> {
  readonly kinds: readonly TargetKind[];
  /** Told of what is hidden and of what is not there at all: INVARIANT: one answer for both. */
  readonly hidden: ErrorCode;
  /** What is meant, when this principal may name it at all, whatever its state. */
  sees(asker: Asker, target: Target): Target | undefined;
  /**
   * Arguments as they are judged, with what may be left out filled in; as they are, where the kind knows
   * no such thing. Asked before anything is judged, so that all see the same. What a caller wrote in
   * headers is compared with what it sent, here and nowhere later.
   */
  complete?(
    asker: Asker,
    target: Target,
    args: JsonObject,
    headers?: ArgumentHeaders,
  ): JsonObject | Refusal;
  judge(asker: Asker, target: Target, args: JsonObject): Found | Refusal;
  /** Whether any document or pin of the tenant says that it is there. */
  declares(asker: Asker, target: Target): boolean;
  /** What a call of it carries at least. */
  usual(target: Target, asker: Asker): JsonObject;
}
