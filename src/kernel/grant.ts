import { sha256Hex } from './digest.ts';
import { canonicalText } from './json/index.ts';
import type { FlowReason } from './decision.ts';
import type { Labels } from './label.ts';
import type { Role } from './principal.ts';
import type { TargetPart } from './record.ts';
import type { EffectClass, SinkKind } from './tool.ts';

/**
 * `pending → approved → spent`, or `rejected`, `expired`, `withdrawn`, `void`.
 * No state leads back, and only `approved` can be spent.
 */
export type ApprovalState =
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'void'
  | 'spent';

/** What a yes is for. INVARIANT: every field is compared at use; a yes is for exactly this. */
export interface ApprovalBinding {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly user: string | undefined;
  readonly session: string;
  /** `targetText`, which no two targets share. */
  readonly target: string;
  /** Of what a human approved of it, such as the definition of a tool. */
  readonly targetDigest: string;
  /** SHA-256 (hex) of the canonical argument bytes. */
  readonly argumentsDigest: string;
  /** The rules that asked, sorted. */
  readonly rules: readonly string[];
  readonly approvalClass: string;
}

export interface HeldDoubt extends FlowReason {
  /** Keyed digest of this value in this sink, which a yes is a grant for. Undefined: it cannot be told from others. */
  readonly value?: string | undefined;
}

export interface ProvedArgument {
  readonly argument: string;
  readonly kind: SinkKind;
  /** As of a doubt: what a yes to the doubts beside it was given with. */
  readonly value?: string | undefined;
}

/** What stood there, as its server told it last, in this task: it may stand otherwise by now. */
export interface OldValue {
  /** Which argument would change it. */
  readonly argument: string;
  /** As JSON. Undefined: it is not told. */
  readonly was?: string | undefined;
  /** Why it is not: it is secret or another company's, or too long. */
  readonly untold?: 'guarded' | 'long' | undefined;
  /** The call that read it. */
  readonly from: string;
  readonly call: string;
  readonly at: number;
}

/** A yes that lives, as far as it is for values. INVARIANT: every field but the values is compared at use. */
export interface ValueYes {
  readonly approval: string;
  readonly agent: string;
  readonly instance: string;
  readonly user: string | undefined;
  readonly task: string | undefined;
  readonly target: string;
  readonly targetDigest: string;
  /** Keyed digests of a value in a sink. */
  readonly values: readonly string[];
  /** Of those that nobody doubted, and that acted beside them. */
  readonly beside: readonly string[];
  /** The call that it was given for, while that was not made: then it is spent on it, and free for nothing twice. */
  readonly unspentFor: string | undefined;
}

/**
 * What a yes to this call says of its values. INVARIANT: nothing where whoever gave it was not told that it would: what a
 * document says later makes no more of it.
 */
export function valueYesOf(approval: Approval): ValueYes {
  const { id, binding, context, state } = approval;
  const { agent, instance, user, target, targetDigest, argumentsDigest } = binding;
  const doubts = context.yesRepeats === true ? (context.doubts ?? []) : [];
  const values = doubts.flatMap(({ value }) => value ?? []);
  const beside = (context.proved ?? []).flatMap(({ value }) => value ?? []);
  const { task } = context;
  const unspentFor = state === 'spent' ? undefined : argumentsDigest;
  return {
    approval: id,
    agent,
    instance,
    user,
    task,
    target,
    targetDigest,
    values,
    beside,
    unspentFor,
  };
}

/** What led to the question; recorded beside the binding, not compared. */
export interface ApprovalContext {
  readonly policyDigest: string;
  readonly labels: Labels;
  readonly effectClass: EffectClass;
  readonly reversible: boolean;
  readonly explanation: string;
  /** Canonical argument text: what the approver reads is what is sent. */
  readonly argumentsText: string;
  readonly callId: string;
  /** `OldValue`s as JSON: what its task was last told of the thing that the call would change. */
  readonly beforeText?: string | undefined;
  /** Which of its values nobody knows that the user wants, and where they stood; places, never values. */
  readonly doubts?: readonly HeldDoubt[] | undefined;
  /** Arguments that act and are free: nobody is asked about them. Undefined: not every one was looked into. */
  readonly proved?: readonly ProvedArgument[] | undefined;
  /** A yes is one to each doubted value in its sink, for the rest of the grant's time. */
  readonly yesRepeats?: true | undefined;
  /** For whom: how that user is called here; and the task that it is part of. */
  readonly person?: string | undefined;
  readonly task?: string | undefined;
  /** Of whoever asked, over the rest of it and the binding: what was edited since is told from what was asked. */
  readonly seal?: string | undefined;
}

/**
 * One person's yes. INVARIANT: it counts only where its seal fits and whoever gave it may still give it: the key stands
 * with the keys, so that whoever edits the store adds none.
 */
export interface ApprovalYes {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
  /** The digest of what was shown to them. */
  readonly shown?: string | undefined;
  /** A reply in their own chat, where nobody signed in. */
  readonly through?: 'elicitation' | undefined;
  /** What they held then, where a provider alone says who they are: nobody here knows what they hold later. */
  readonly heldByProvider?: readonly Role[] | undefined;
  readonly seal: string;
}

export interface Approval {
  readonly id: string;
  /** 128 random bits; the agent presents it in `_meta` when it retries. */
  readonly handle: string;
  readonly state: ApprovalState;
  readonly binding: ApprovalBinding;
  /** SHA-256 (hex) over the canonical binding: the one name of "exactly this". */
  readonly callDigest: string;
  readonly context: ApprovalContext;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | undefined;
  readonly decidedBy: string | undefined;
  readonly reason: string | undefined;
  /** Who said yes, in their order; several where documents ask for more than one. */
  readonly yeses: readonly ApprovalYes[];
  /** After approval: until when the grant can be spent. */
  readonly grantExpiresAt: number | undefined;
  readonly spentAt: number | undefined;
  readonly spentBy: string | undefined;
  /** What became of the one use; `unused` until the outcome says otherwise. */
  readonly use: 'unused' | 'used' | 'unknown' | undefined;
  readonly epoch: number;
}

/** SHA-256 over the canonical binding: the one name of "exactly this". */
export function callDigestOf(binding: ApprovalBinding): string {
  return sha256Hex(
    canonicalText({
      tenant: binding.tenant,
      agent: binding.agent,
      instance: binding.instance,
      user: binding.user ?? null,
      session: binding.session,
      target: binding.target,
      targetDigest: binding.targetDigest,
      argumentsDigest: binding.argumentsDigest,
      rules: [...binding.rules].sort(),
      approvalClass: binding.approvalClass,
    }),
  );
}

/** What a record about an approval says of what was asked. */
export function targetPartOf({ binding, context }: Approval): TargetPart {
  const { target, targetDigest: digest } = binding;
  return { target, digest, effectClass: context.effectClass };
}
