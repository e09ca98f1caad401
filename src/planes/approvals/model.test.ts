import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BailiwickError, isRefusal } from '#kernel/errors.ts';
import type { ApprovalBinding } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  anyApprover,
  approvalBinding,
  approvalContext,
  sealKeys,
} from '../../../test/fakes/approval-asks.ts';
import { FakeGrantLedger } from '../../../test/fakes/fake-grant-ledger.ts';
import { createApprovalDesk, createApprovalGate, shownDigestOf } from './index.ts';

/** Four calls that differ in one thing each; the last asks the same call with another class. */
const variants: readonly Partial<ApprovalBinding>[] = [
  {},
  { argumentsDigest: 'x' },
  { instance: 'other' },
  { approvalClass: 'finance' },
];

/** What ought to be true, in the plainest words. */
interface Expected {
  readonly handle: string;
  readonly id: string;
  readonly variant: number;
  state: 'pending' | 'approved' | 'rejected' | 'withdrawn' | 'expired' | 'spent' | 'void';
  expiresAt: number;
  grants: number;
}

class Model {
  readonly approvals: Expected[] = [];
  now = new ManualClock().now();
  diskFull = false;

  over(approval: Expected): boolean {
    const open = approval.state === 'pending' || approval.state === 'approved';
    return open && this.now >= approval.expiresAt;
  }

  open(variant: number): Expected | undefined {
    return this.approvals.findLast(
      (each) =>
        each.variant === variant &&
        (each.state === 'pending' || each.state === 'approved') &&
        !this.over(each),
    );
  }

  answer(approval: Expected, variant: number): string {
    if (approval.variant !== variant) {
      const sameCall = [approval.variant, variant].every((each) => each === 0 || each === 3);
      return sameCall ? 'approvals/void' : 'approvals/mismatch';
    }
    if (this.over(approval)) return 'approvals/expired';
    if (approval.state === 'pending') return 'held';
    if (approval.state === 'approved') return 'granted';
    return approval.state === 'withdrawn' ? 'approvals/rejected' : `approvals/${approval.state}`;
  }
}

class Real {
  readonly clock = new ManualClock();
  readonly ledger = new FakeGrantLedger({ clock: this.clock });
  readonly records: RecordDraft[] = [];
  diskFull = false;
  calls = 0;
  readonly gate = createApprovalGate({
    ledger: this.ledger,
    clock: this.clock,
    keys: sealKeys,
  });
  readonly desk = createApprovalDesk({
    ledger: this.ledger,
    clock: this.clock,
    keys: sealKeys,
    judge: anyApprover,
    recorder: {
      record: async (draft) => {
        await Promise.resolve();
        if (this.diskFull) throw new BailiwickError('audit/unavailable');
        this.records.push(draft);
      },
      owe: async () => undefined,
    },
  });

  async settle(variant: number, handle: string | undefined) {
    this.calls += 1;
    return this.gate.settle({
      binding: approvalBinding(variants[variant]),
      context: approvalContext(`call-${this.calls}`),
      handle,
      spender: `gateway/${this.calls}`,
    });
  }

  /** No approval that can be or was spent lacks its record, no other verdict what it owes. */
  async checkRecords(): Promise<void> {
    const recorded = new Set(
      this.records
        .filter(({ type }) => type === 'approval.approved')
        .map(({ approval }) => approval?.id),
    );
    const all = await this.ledger.list({ tenant: 'main', limit: 1_000 });
    const unrecorded = all.filter(
      ({ id, grantExpiresAt }) => grantExpiresAt !== undefined && !recorded.has(id),
    );
    expect(unrecorded).toEqual([]);
    const owed = new Set(
      this.ledger.owed.map(({ body }) => (body as unknown as RecordDraft).approval?.id),
    );
    const noes = all.filter(({ state }) => state === 'rejected' || state === 'withdrawn');
    expect(noes.filter(({ id }) => !owed.has(id))).toEqual([]);
  }
}

type Command = fc.AsyncCommand<Model, Real>;

class Ask implements Command {
  readonly variant: number;
  readonly pick: number | undefined;

  constructor(variant: number, pick: number | undefined) {
    this.variant = variant;
    this.pick = pick;
  }

  check(model: Readonly<Model>): boolean {
    return this.pick === undefined || model.approvals.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const named =
      this.pick === undefined ? undefined : model.approvals[this.pick % model.approvals.length];
    const target = named ?? model.open(this.variant);
    const settled = await real.settle(this.variant, named?.handle);
    const got = isRefusal(settled) ? settled.code : settled.kind;
    expect(got).toBe(target === undefined ? 'held' : model.answer(target, this.variant));
    if (isRefusal(settled)) return;
    if (settled.kind === 'held' && target === undefined) {
      const { id, handle } = settled.approval;
      const expiresAt = model.now + limits.approvalMs;
      model.approvals.push({
        id,
        handle,
        variant: this.variant,
        state: 'pending',
        expiresAt,
        grants: 0,
      });
    }
    if (settled.kind === 'granted' && target !== undefined) {
      target.state = 'spent';
      target.grants += 1;
      expect(target.grants).toBe(1);
    }
    await real.checkRecords();
  }

  toString(): string {
    return `ask(${this.variant}, ${this.pick ?? 'no handle'})`;
  }
}

class Decide implements Command {
  readonly pick: number;
  readonly verdict: 'approve' | 'reject' | 'withdraw';

  constructor(pick: number, verdict: 'approve' | 'reject' | 'withdraw') {
    this.pick = pick;
    this.verdict = verdict;
  }

  check(model: Readonly<Model>): boolean {
    return model.approvals.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const target = model.approvals[this.pick % model.approvals.length];
    if (target === undefined) return;
    const seen = await real.desk.show('main', target.id);
    const decided = real.desk.decide({
      id: target.id,
      verdict: this.verdict,
      shown: seen === undefined ? undefined : shownDigestOf(seen),
      by: { tenant: 'main', name: 'ann', roles: ['approver'] },
      reason: 'because',
    });
    const done = await decided.then(
      () => true,
      () => false,
    );
    // A no only takes away: it does not wait for the log.
    const recordable = this.verdict !== 'approve' || !model.diskFull;
    const possible = target.state === 'pending' && !model.over(target) && recordable;
    expect(done).toBe(possible);
    if (possible) {
      const states = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;
      target.state = states[this.verdict];
      if (this.verdict === 'approve') target.expiresAt = model.now + limits.grantMs;
    }
    await real.checkRecords();
  }

  toString(): string {
    return `${this.verdict}(${this.pick})`;
  }
}

class Advance implements Command {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    model.now += this.milliseconds;
    real.clock.advance(this.milliseconds);
    await real.checkRecords();
  }

  toString(): string {
    return `advance(${this.milliseconds})`;
  }
}

class Expire implements Command {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.desk.expire().catch(() => undefined);
    for (const each of model.approvals) if (model.over(each)) each.state = 'expired';
    const listed = await real.desk.list({ tenant: 'main', limit: 1_000 });
    const states = new Map(listed.map(({ id, state }) => [id, state]));
    expect(model.approvals.map(({ id }) => states.get(id))).toEqual(
      model.approvals.map(({ state }) => state),
    );
  }

  toString(): string {
    return 'expire';
  }
}

class Restore implements Command {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.ledger.raiseEpoch();
    for (const each of model.approvals) {
      if (each.state === 'pending' || each.state === 'approved') each.state = 'void';
    }
  }

  toString(): string {
    return 'restore';
  }
}

class Disk implements Command {
  readonly full: boolean;

  constructor(full: boolean) {
    this.full = full;
  }

  check(model: Readonly<Model>): boolean {
    return model.diskFull !== this.full;
  }

  async run(model: Model, real: Real): Promise<void> {
    await Promise.resolve();
    model.diskFull = this.full;
    real.diskFull = this.full;
  }

  toString(): string {
    return this.full ? 'disk full' : 'disk free';
  }
}

const pick = fc.nat(20);
const variant = fc.nat(variants.length - 1);
const commands = fc.commands(
  [
    variant.map((each) => new Ask(each, undefined)),
    fc.tuple(variant, pick).map(([each, which]) => new Ask(each, which)),
    pick.map((which) => new Decide(which, 'approve')),
    fc
      .tuple(pick, fc.constantFrom('approve' as const, 'reject' as const, 'withdraw' as const))
      .map(([which, verdict]) => new Decide(which, verdict)),
    fc
      .constantFrom(1, limits.grantMs - 1, limits.grantMs, limits.approvalMs)
      .map((milliseconds) => new Advance(milliseconds)),
    fc.constant(new Expire()),
    fc.constant(new Restore()),
    fc.boolean().map((full) => new Disk(full)),
  ],
  { size: 'large' },
);

describe('approvals as a state machine', () => {
  it('never grant but once, for exactly what was approved, in time and on record [APR-01, APR-02, APR-06, APR-18]', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        runs += 1;
        await fc.asyncModelRun(() => ({ model: new Model(), real: new Real() }), sequence);
      }),
      { numRuns: 300 },
    );
    expect(runs).toBeGreaterThanOrEqual(300);
  });
});
