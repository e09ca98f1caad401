import type { ReasonedAct } from '#contracts/desk.ts';
import type { ApprovalFilter, HeldCall } from '#contracts/grant-ledger.ts';
import type { GivenOverride } from '#contracts/override-book.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Approval, ApprovalBinding, ApprovalContext, ApprovalYes } from '#kernel/grant.ts';
import type { AskedOfYes } from './yes-judge.ts';

export type Settled =
  | { readonly kind: 'granted'; readonly approval: Approval }
  | { readonly kind: 'held'; readonly approval: Approval; readonly fresh: boolean };

export interface ApprovalAsk {
  readonly binding: ApprovalBinding;
  readonly context: ApprovalContext;
  readonly handle: string | undefined;
  /** Who would spend it: the gateway's writer name and the call id. */
  readonly spender: string;
}

/** The gateway's half: is there a yes to exactly this, and if so, spend it. */
export interface ApprovalGate {
  settle(ask: ApprovalAsk): Promise<Settled | Refusal>;
  /** The override under which it goes on without a question. */
  overridden(
    ask: Pick<ApprovalAsk, 'binding' | 'context'>,
  ): Promise<GivenOverride | undefined | Refusal>;
  /** Tells control what the user replied about it, which decides. */
  userSaid(approval: Approval, verdict: 'approve' | 'reject'): Promise<void>;
  /** Whether people still have to decide it. INVARIANT: it spends nothing. */
  isPending(tenant: string, handle: string): Promise<boolean>;
  noteUse(approval: Approval, outcome: 'used' | 'unknown'): Promise<void>;
  /** True when an open approval could belong to this digest: the tool is checked for drift again. */
  digestOf(binding: ApprovalBinding): string;
}

/** The control program's half, for people. Every act is recorded. */
export interface ApprovalDesk {
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** For whoever counts. */
  held(tenant: string, since: number): Promise<readonly HeldCall[]>;
  show(tenant: string, id: string): Promise<Approval | undefined>;
  /** What a yes to it takes by the documents in force, and whose counts by now. */
  asked(
    approval: Approval,
  ): Promise<{ readonly asked: AskedOfYes; readonly counting: readonly ApprovalYes[] }>;
  decide(
    verdict: ReasonedAct & {
      readonly id: string;
      readonly verdict: 'approve' | 'reject' | 'withdraw';
      /** Of a yes: the digest of what was shown to whoever says it. INVARIANT: without it there is none. */
      readonly shown?: string | undefined;
    },
  ): Promise<Approval>;
  /** The user was asked where they work; whether they may was judged by whoever calls this. */
  userDecided(said: {
    readonly tenant: string;
    readonly id: string;
    readonly verdict: 'approve' | 'reject';
    readonly by: string;
  }): Promise<Approval>;
  /** Called by the control program's timer; records every expiry. */
  expire(): Promise<number>;
}
