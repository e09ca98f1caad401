import type { Configuration } from '#contracts/plane-part.ts';
import type { Call, HeldApproval, SideEffect, ToolPage } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Labels, noLabels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Commitment } from '#kernel/record.ts';
import type { Loan } from '#planes/credentials/index.ts';
import type { ResolvedTool } from '#planes/tools/index.ts';
import type { Taken } from './intake.ts';

/**
 * What one call has gathered so far. Each stage fills its own part and reads the parts of the
 * stages before it; nobody reaches back to change one.
 */
export interface Walk {
  readonly call: Call;
  /**
   * Set on the second way through, after the gateway has looked at the tool server: who asked. What
   * is charged or proved once for a call was so on the first way.
   */
  readonly lookedFor: Principal | undefined;
  /** INVARIANT: taken once, at admission: every stage judges this call by this one. */
  configuration: Configuration | undefined;
  overlayNumber: number;
  startedAt: number;
  principal: Principal | undefined;
  tool: ResolvedTool | undefined;
  page: ToolPage | undefined;
  labelsIn: Labels;
  labelsOut: Labels;
  /** SHA-256 of the canonical argument bytes. */
  argumentsDigest: string | undefined;
  argumentsCommitment: Commitment | undefined;
  decision: Decision | undefined;
  approval: Approval | undefined;
  held: HeldApproval | undefined;
  /** Id of the durable intent; set means that something may have happened. */
  intent: string | undefined;
  loan: Loan | undefined;
  /** INVARIANT: `unknown` from the moment that bytes may leave until an answer proves otherwise. */
  effect: SideEffect;
  answer: Taken | undefined;
  result: JsonObject | undefined;
  /** Canonical bytes of `result`: what is committed to is what is released. */
  resultBytes: Buffer | undefined;
  redactions: number;
}

/** Why a walk ends before its last stage. */
export type Exit = Refusal | { readonly kind: 'held'; readonly held: HeldApproval };

/** The server was looked at, which takes time: the call is judged from admit on, as things are now. */
export interface Again {
  readonly kind: 'again';
}

/** Undefined: go on. A stage returns a promise only when it really waits: most calls never do. */
export type StageResult = Exit | Again | undefined;
export type Stage = (walk: Walk) => StageResult | Promise<StageResult>;

export function startWalk(call: Call, monotonic: number, lookedFor?: Principal): Walk {
  return {
    call,
    lookedFor,
    configuration: undefined,
    overlayNumber: 0,
    startedAt: monotonic,
    // Known from the first way, so that a refusal before it is identified again names it as well.
    principal: lookedFor,
    tool: undefined,
    page: undefined,
    labelsIn: noLabels,
    labelsOut: noLabels,
    argumentsDigest: undefined,
    argumentsCommitment: undefined,
    decision: undefined,
    approval: undefined,
    held: undefined,
    intent: undefined,
    loan: undefined,
    effect: 'none',
    answer: undefined,
    result: undefined,
    resultBytes: undefined,
    redactions: 0,
  };
}
