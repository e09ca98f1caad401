import type {
  ApprovalFilter,
  ApprovalRequest,
  ApprovalVerdict,
  ConsumeResult,
  GrantLedger,
  HeldCall,
} from '#contracts/grant-ledger.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { GivenOverride, OverrideAsk } from '#contracts/override-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Approval, type ApprovalState, type ValueYes, valueYesOf } from '#kernel/grant.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import type { Clock } from '#kernel/time.ts';

type Spend = Parameters<GrantLedger['consume']>[0];
type Use = Parameters<GrantLedger['noteUse']>[0];
type Said = Parameters<GrantLedger['userSaid']>[0];
type RefusedWhy = Extract<ConsumeResult, { kind: 'refused' }>['why'];

const verdictState = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;

const refusedBecause: Readonly<Record<Exclude<ApprovalState, 'approved'>, RefusedWhy>> = {
  pending: 'pending',
  rejected: 'rejected',
  withdrawn: 'rejected',
  expired: 'expired',
  spent: 'spent',
  void: 'void',
};

/**
 * A ledger in memory with the behaviour of the real ones: each change is one step that cannot be
 * divided, and every call first lets others run, so that races show.
 */
export class FakeGrantLedger implements GrantLedger {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Approval>();
  /** What its verdicts owe; written with each of them, or not at all. */
  readonly owed: OutboxDraft[] = [];
  /** What gateways told of users, and what becomes of it: nothing, unless a test says so. */
  readonly said: Said[] = [];
  onSaid: (said: Said) => Promise<void> = () => Promise.resolve();
  #epoch = 0;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async request(request: ApprovalRequest): Promise<Approval> {
    await Promise.resolve();
    const { tenant, agent } = request.binding;
    const open = this.#open(tenant, request.now);
    const same = open.findLast(({ callDigest }) => callDigest === request.callDigest);
    if (same !== undefined) return same;
    const ofAgent = open.filter(({ binding }) => binding.agent === agent);
    if (ofAgent.length >= request.pendingLimit) throw new BailiwickError('approvals/too-many');
    return this.#put({
      id: newId(request.now),
      handle: newCapability(),
      state: 'pending',
      binding: request.binding,
      callDigest: request.callDigest,
      context: request.context,
      requestedAt: request.now,
      expiresAt: request.expiresAt,
      decidedAt: undefined,
      decidedBy: undefined,
      reason: undefined,
      yeses: [],
      grantExpiresAt: undefined,
      spentAt: undefined,
      spentBy: undefined,
      use: undefined,
      epoch: this.#epoch,
    });
  }

  async held(tenant: string, since: number): Promise<readonly HeldCall[]> {
    await Promise.resolve();
    const found = this.#of(tenant).filter(
      ({ requestedAt, state }) => requestedAt >= since || state === 'pending',
    );
    return found.map(({ binding, yeses, ...one }) => ({
      ...one,
      agent: binding.agent,
      target: binding.target,
      approvalClass: binding.approvalClass,
      yeses: yeses.map(({ by, at }) => ({ by, at })),
    }));
  }

  override: GivenOverride | undefined;
  readonly overrideAsks: OverrideAsk[] = [];

  async overrideFor(ask: OverrideAsk): Promise<GivenOverride | undefined> {
    this.overrideAsks.push(ask);
    return this.override;
  }

  async byHandle(tenant: string, handle: string): Promise<Approval | undefined> {
    await Promise.resolve();
    return this.#of(tenant).find((approval) => approval.handle === handle);
  }

  async userSaid(said: Said): Promise<void> {
    await Promise.resolve();
    this.said.push(said);
    await this.onSaid(said);
  }

  async valueYeses(tenant: string, agent: string): Promise<readonly ValueYes[]> {
    await Promise.resolve();
    const now = this.#clock.now();
    const lives = ({ state, binding, grantExpiresAt = 0, epoch }: Approval): boolean =>
      (state === 'approved' || state === 'spent') &&
      binding.agent === agent &&
      grantExpiresAt > now &&
      epoch === this.#epoch;
    const alive = this.#of(tenant).filter(lives);
    return alive
      .toSorted((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0) || (b.id < a.id ? -1 : 1))
      .slice(0, 32)
      .map(valueYesOf);
  }

  async byId(tenant: string, id: string): Promise<Approval | undefined> {
    await Promise.resolve();
    return this.#find(tenant, id);
  }

  async openFor(tenant: string, callDigest: string): Promise<Approval | undefined> {
    await Promise.resolve();
    return this.#open(tenant, this.#clock.now()).findLast(
      (approval) => approval.callDigest === callDigest,
    );
  }

  async list({ tenant, state, agent, limit, q }: ApprovalFilter): Promise<readonly Approval[]> {
    await Promise.resolve();
    return this.#of(tenant)
      .filter(({ binding }) => binding.agent.includes(q ?? ''))
      .filter((approval) => state === undefined || approval.state === state)
      .filter(({ binding }) => agent === undefined || binding.agent === agent)
      .toReversed()
      .slice(0, limit);
  }

  async decide(verdict: ApprovalVerdict): Promise<Approval> {
    await Promise.resolve();
    const approval = this.#find(verdict.tenant, verdict.id);
    if (approval === undefined) throw new BailiwickError('approvals/unknown');
    if (approval.state !== 'pending' || verdict.now >= approval.expiresAt) {
      throw new BailiwickError('approvals/not-pending');
    }
    const { yes } = verdict;
    if (yes !== undefined && yes.before !== approval.yeses.length) {
      throw new BailiwickError('approvals/not-pending');
    }
    this.owed.push(...(verdict.also ?? []));
    const yeses = yes === undefined ? approval.yeses : [...approval.yeses, yes.said];
    if (yes?.isLast === false) return this.#put({ ...approval, yeses });
    return this.#put({
      ...approval,
      state: verdictState[verdict.verdict],
      decidedAt: verdict.now,
      decidedBy: verdict.by,
      reason: verdict.reason,
      yeses,
      grantExpiresAt: verdict.verdict === 'approve' ? verdict.grantExpiresAt : undefined,
    });
  }

  async consume(spend: Spend): Promise<ConsumeResult> {
    await Promise.resolve();
    const approval = this.#find(spend.tenant, spend.id);
    const why = approval === undefined ? 'unknown' : refusalOf(approval, spend);
    if (approval === undefined || why !== undefined) {
      return { kind: 'refused', why: why ?? 'unknown', approval };
    }
    const spent = this.#put({
      ...approval,
      state: 'spent',
      spentAt: spend.now,
      spentBy: spend.by,
      use: 'unused',
    });
    return { kind: 'consumed', approval: spent };
  }

  async makeVoid({ tenant, id, also = [] }: Parameters<GrantLedger['makeVoid']>[0]): Promise<void> {
    await Promise.resolve();
    const approval = this.#find(tenant, id);
    if (approval === undefined || !isOpen(approval)) return;
    this.owed.push(...also);
    this.#put({ ...approval, state: 'void' });
  }

  async noteUse(use: Use): Promise<void> {
    await Promise.resolve();
    const approval = this.#find(use.tenant, use.id);
    if (approval?.state !== 'spent') throw new BailiwickError('approvals/unknown');
    this.#put({ ...approval, use: use.outcome });
  }

  async expire(now: number): Promise<readonly Approval[]> {
    await Promise.resolve();
    const over = [...this.#byId.values()].filter((approval) => isOver(approval, now));
    return over.map((approval) => this.#put({ ...approval, state: 'expired' }));
  }

  async raiseEpoch(): Promise<number> {
    await Promise.resolve();
    this.#epoch += 1;
    for (const approval of this.#byId.values()) {
      if (isOpen(approval)) this.#put({ ...approval, state: 'void' });
    }
    return this.#epoch;
  }

  #find(tenant: string, id: string): Approval | undefined {
    const approval = this.#byId.get(id);
    return approval?.binding.tenant === tenant ? approval : undefined;
  }

  #of(tenant: string): Approval[] {
    return [...this.#byId.values()].filter(({ binding }) => binding.tenant === tenant);
  }

  #open(tenant: string, now: number): Approval[] {
    return this.#of(tenant).filter((approval) => isOpen(approval) && !isOver(approval, now));
  }

  #put(approval: Approval): Approval {
    const kept = Object.freeze({ ...approval });
    this.#byId.set(kept.id, kept);
    return kept;
  }
}

function isOpen({ state }: Approval): boolean {
  return state === 'pending' || state === 'approved';
}

function isOver({ state, expiresAt, grantExpiresAt }: Approval, now: number): boolean {
  if (state === 'pending') return now >= expiresAt;
  return state === 'approved' && now >= (grantExpiresAt ?? 0);
}

function refusalOf(approval: Approval, spend: Spend): RefusedWhy | undefined {
  if (approval.callDigest !== spend.callDigest) return 'mismatch';
  if (approval.state !== 'approved') return refusedBecause[approval.state];
  return isOver(approval, spend.now) ? 'expired' : undefined;
}
