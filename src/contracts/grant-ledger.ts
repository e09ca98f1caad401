import type {
  Approval,
  ApprovalBinding,
  ApprovalContext,
  ApprovalState,
  ApprovalYes,
  ValueYes,
} from '#kernel/grant.ts';
import type { TimedPage } from './list-place.ts';
import type { OutboxDraft } from './outbox.ts';
import type { GivenOverride, OverrideAsk } from './override-book.ts';

export interface ApprovalRequest {
  readonly binding: ApprovalBinding;
  readonly callDigest: string;
  readonly context: ApprovalContext;
  readonly now: number;
  readonly expiresAt: number;
  /** At most so many open approvals per agent; more is refused with `approvals/too-many`. */
  readonly pendingLimit: number;
}

export interface ApprovalVerdict {
  readonly tenant: string;
  readonly id: string;
  readonly verdict: 'approve' | 'reject' | 'withdraw';
  readonly by: string;
  readonly reason: string;
  readonly now: number;
  readonly grantExpiresAt: number;
  /** Of a yes that is kept as somebody's own. Without one a yes is enough by itself. */
  readonly yes?: CountedYes;
  /** The reactions that it owes, written in its transaction. */
  readonly also?: readonly OutboxDraft[];
}

export interface CountedYes {
  readonly said: ApprovalYes;
  /** How many there were when it was judged: where somebody else came in between, `approvals/not-pending`. */
  readonly before: number;
  /** Nobody else is needed. Otherwise it stays pending. */
  readonly isLast: boolean;
}

/** `q` is looked for in the agent's name. */
export interface ApprovalFilter extends TimedPage {
  readonly tenant: string;
  readonly state?: ApprovalState;
  readonly agent?: string;
}

/** One that waits or was decided, without what was asked: for whoever counts. */
export interface HeldCall {
  readonly id: string;
  readonly agent: string;
  readonly target: string;
  readonly approvalClass: string;
  readonly state: ApprovalState;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | undefined;
  readonly decidedBy: string | undefined;
  readonly yeses: readonly Pick<ApprovalYes, 'by' | 'at'>[];
}

/** Characters of what stood there before, of one held call. */
export const longestBeforeText = 16_384;

/** So many are counted at once, the newest. */
export const mostHeldCalls = 10_000;

export type ConsumeResult =
  | { readonly kind: 'consumed'; readonly approval: Approval }
  | {
      readonly kind: 'refused';
      readonly why: 'unknown' | 'mismatch' | 'pending' | 'rejected' | 'expired' | 'spent' | 'void';
      readonly approval: Approval | undefined;
    };

/** What a gateway may ask. Times are given by the arbiter that holds the ledger. */
export interface GatewayGrants {
  /**
   * Opens an approval, durable before it resolves. When the same principal already has an open
   * (pending or approved, not expired) one for this digest, that one is returned instead.
   */
  request(request: ApprovalRequest): Promise<Approval>;
  byHandle(tenant: string, handle: string): Promise<Approval | undefined>;
  /** The newest open approval for the digest, for a retry without a handle. */
  openFor(tenant: string, callDigest: string): Promise<Approval | undefined>;
  /**
   * What the user replied, where they work, about a call that is held. INVARIANT: it decides nothing: `control` judges
   * whether this user may. Durable before it resolves.
   */
  userSaid(said: {
    readonly tenant: string;
    readonly id: string;
    readonly verdict: 'approve' | 'reject';
    readonly now: number;
  }): Promise<void>;
  /**
   * What people said yes to in calls of this agent, spent or not, while those grants live, newest first; the last 32.
   * INVARIANT: without a restore in between, like every grant.
   */
  valueYeses(tenant: string, agent: string): Promise<readonly ValueYes[]>;
  /**
   * The override under which this goes on without a question; undefined: there is none. INVARIANT: a store gives none;
   * control does, of what people gave and is kept beside the keys. INVARIANT: when it resolves, no question about this
   * very call is open, on record: a yes to one would do it again.
   */
  overrideFor(ask: OverrideAsk): Promise<GivenOverride | undefined>;
  /**
   * Spends an approved grant. INVARIANT: resolves `consumed` at most once per grant, whoever asks,
   * however many ask at once, and is durable before it resolves. One transaction in the store.
   */
  consume(spend: {
    readonly tenant: string;
    readonly id: string;
    readonly callDigest: string;
    readonly by: string;
    readonly now: number;
  }): Promise<ConsumeResult>;
  /**
   * Notes what became of the use; a crash before this leaves `unused`, never a silent retry. The
   * first word stands. Rejects with `approvals/unknown` when nothing was spent.
   */
  noteUse(use: {
    readonly tenant: string;
    readonly id: string;
    readonly outcome: 'used' | 'unknown';
  }): Promise<void>;
}

/** Approvals and the one use of each, whole: what people decide is for `control` alone. */
export interface GrantLedger extends GatewayGrants {
  byId(tenant: string, id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** What was asked since then, and what waits since whenever: the newest `mostHeldCalls`. */
  held(tenant: string, since: number): Promise<readonly HeldCall[]>;
  /** Rejects with `approvals/not-pending` unless it is pending and not past its expiry. */
  decide(verdict: ApprovalVerdict): Promise<Approval>;
  /** An open one ends: who said yes may not any more. Resolves where it is not open either. */
  makeVoid(ended: {
    readonly tenant: string;
    readonly id: string;
    readonly also?: readonly OutboxDraft[];
  }): Promise<void>;
  /** Marks what is past its time; returns what changed, so that each can be recorded. */
  expire(now: number): Promise<readonly Approval[]>;
  /** A restore from backup raises the epoch and voids every earlier open grant. */
  raiseEpoch(): Promise<number>;
}
