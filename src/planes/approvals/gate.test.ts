import { beforeEach, describe, expect, it } from 'vitest';
import type { GrantLedger } from '#contracts/grant-ledger.ts';
import { BailiwickError, isRefusal } from '#kernel/errors.ts';
import type { Approval, ApprovalBinding } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { approvalBinding, approvalContext, sealKeys } from '../../../test/fakes/approval-asks.ts';
import { FakeGrantLedger } from '../../../test/fakes/fake-grant-ledger.ts';
import { type ApprovalGate, createApprovalGate } from './index.ts';

let clock: ManualClock;
let ledger: FakeGrantLedger;
let gate: ApprovalGate;
let calls: number;

beforeEach(() => {
  clock = new ManualClock();
  ledger = new FakeGrantLedger({ clock });
  gate = createApprovalGate({ ledger, clock, keys: sealKeys });
  calls = 0;
});

async function settle(over: Partial<ApprovalBinding> = {}, handle?: string, by = gate) {
  calls += 1;
  const id = `call-${calls}`;
  return by.settle({
    binding: approvalBinding(over),
    context: approvalContext(id),
    handle,
    spender: `gateway-1/${id}`,
  });
}

/** What came out, in one word: the kind, or the code of the refusal. */
async function outcome(over: Partial<ApprovalBinding> = {}, handle?: string): Promise<string> {
  const settled = await settle(over, handle);
  return isRefusal(settled) ? settled.code : settled.kind;
}

async function held(over: Partial<ApprovalBinding> = {}): Promise<Approval> {
  const settled = await settle(over);
  if (isRefusal(settled) || settled.kind !== 'held') throw new Error('not held');
  return settled.approval;
}

async function decide(approval: Approval, verdict: 'approve' | 'reject' | 'withdraw') {
  const now = clock.now();
  const { tenant } = approval.binding;
  const said = { tenant, id: approval.id, verdict, by: 'ann', reason: 'seen', now };
  return ledger.decide({ ...said, grantExpiresAt: now + limits.grantMs });
}

async function approved(over: Partial<ApprovalBinding> = {}): Promise<Approval> {
  return decide(await held(over), 'approve');
}

describe('a call that waits', () => {
  it('is held once, and the identical call finds the same question [APR-02]', async () => {
    const first = await settle();
    const second = await settle();
    if (isRefusal(first) || first.kind !== 'held') throw new Error('not held');
    expect(first.fresh).toBe(true);
    expect(second).toEqual({ kind: 'held', approval: first.approval, fresh: false });
    expect(await settle({}, first.approval.handle)).toEqual(second);
  });

  it('is one question for identical calls that arrive at once [APR-02]', async () => {
    const settled = await Promise.all(Array.from({ length: 20 }, () => settle()));
    const holds = settled.flatMap((each) => (isRefusal(each) || each.kind !== 'held' ? [] : each));
    expect(new Set(holds.map(({ approval }) => approval.id)).size).toBe(1);
    expect(holds.filter(({ fresh }) => fresh)).toHaveLength(1);
  });

  it('is refused when too many of the agent wait', async () => {
    for (let index = 0; index < limits.approvalsPendingPerAgent; index += 1) {
      expect(await outcome({ argumentsDigest: `${index}` })).toBe('held');
    }
    expect(await outcome({ argumentsDigest: 'one more' })).toBe('approvals/too-many');
    expect(await outcome({ argumentsDigest: '0' })).toBe('held');
  });
});

describe('a yes', () => {
  it('is spent once, with a handle or without one [APR-02, APR-06]', async () => {
    const one = await approved();
    expect(await outcome({}, one.handle)).toBe('granted');
    expect(await outcome({}, one.handle)).toBe('approvals/spent');
    const two = await approved({ session: 'session-2' });
    expect(await outcome({ session: 'session-2' })).toBe('granted');
    expect(await outcome({ session: 'session-2' }, two.handle)).toBe('approvals/spent');
  });

  it('is spent once when a hundred ask at the same time [APR-02]', async () => {
    const { handle } = await approved();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcome({}, handle)));
    expect(outcomes.filter((each) => each === 'granted')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'approvals/spent')).toHaveLength(99);
  });

  it('names who spent it', async () => {
    const { id } = await approved();
    await settle();
    expect((await ledger.byId('main', id))?.spentBy).toBe('gateway-1/call-2');
  });

  const others: Readonly<Record<string, Partial<ApprovalBinding>>> = {
    agent: { agent: 'other' },
    instance: { instance: 'refund-bot-2' },
    user: { user: 'eve' },
    session: { session: 'session-2' },
    target: { target: 'tool:billing/delete_customer' },
    targetDigest: { targetDigest: 'd'.repeat(64) },
    'owner of its target': { target: 'tool:other/create_refund' },
    'kind of target': { target: 'prompt:billing/create_refund' },
    argumentsDigest: { argumentsDigest: 'e'.repeat(64) },
  };

  it.each(Object.keys(others))('does not serve a call with another %s [APR-06]', async (field) => {
    const { handle } = await approved();
    expect(await outcome(others[field], handle)).toBe('approvals/mismatch');
    expect(await outcome(others[field])).toBe('held');
    expect(await outcome({}, handle)).toBe('granted');
  });

  it('is unknown to another tenant [APR-06]', async () => {
    const { handle } = await approved();
    expect(await outcome({ tenant: 'other' }, handle)).toBe('approvals/unknown');
  });

  it('is void when policy asks another class or by another rule [APR-06]', async () => {
    const { handle } = await approved();
    expect(await outcome({ approvalClass: 'finance+write' }, handle)).toBe('approvals/void');
    expect(await outcome({ rules: ['builtin/write', 'x'] }, handle)).toBe('approvals/void');
    expect(await outcome({}, handle)).toBe('granted');
  });

  it('ends with its time, to the millisecond [APR-06, APR-18]', async () => {
    const early = await approved();
    clock.advance(limits.grantMs - 1);
    expect(await outcome({}, early.handle)).toBe('granted');
    const late = await approved();
    clock.advance(limits.grantMs);
    expect(await outcome({}, late.handle)).toBe('approvals/expired');
  });

  it('is void after a restore from backup', async () => {
    const { handle } = await approved();
    await ledger.raiseEpoch();
    expect(await outcome({}, handle)).toBe('approvals/void');
  });

  it('does not turn a spent handle into a new question [APR-02]', async () => {
    const { handle } = await approved();
    await settle({}, handle);
    expect(await outcome({}, handle)).toBe('approvals/spent');
    expect(await ledger.list({ tenant: 'main', state: 'pending', limit: 10 })).toEqual([]);
  });
});

describe('a no', () => {
  it.each([
    ['reject', 'approvals/rejected'],
    ['withdraw', 'approvals/rejected'],
  ] as const)('by %s refuses for good [APR-02]', async (verdict, code) => {
    const approval = await held();
    await decide(approval, verdict);
    expect(await outcome({}, approval.handle)).toBe(code);
  });

  it('comes by itself when nobody decides, to the millisecond [APR-18]', async () => {
    const { handle } = await held();
    clock.advance(limits.approvalMs - 1);
    expect(await outcome({}, handle)).toBe('held');
    clock.advance(1);
    expect(await outcome({}, handle)).toBe('approvals/expired');
    await ledger.expire(clock.now());
    expect(await outcome({}, handle)).toBe('approvals/expired');
  });

  it('is the answer to a handle that nobody gave out', async () => {
    expect(await outcome({}, 'made-up')).toBe('approvals/unknown');
  });
});

describe('a ledger that fails', () => {
  const operations = ['byHandle', 'openFor', 'request', 'consume'] as const;

  it.each(operations)('refuses when `%s` does not answer [APR-02]', async (operation) => {
    if (operation === 'consume') await approved();
    const broken: GrantLedger = new Proxy(ledger, {
      get(target, key) {
        if (key === operation) return () => Promise.reject(new Error('gone'));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const settled = await settle(
      {},
      operation === 'byHandle' ? 'handle' : undefined,
      createApprovalGate({ ledger: broken, clock, keys: sealKeys }),
    );
    expect(isRefusal(settled) && settled.code).toBe('approvals/unavailable');
  });

  it('never grants what was spent for another digest [APR-06]', async () => {
    const approval = await approved();
    const confused: GrantLedger = new Proxy(ledger, {
      get(target, key) {
        if (key === 'consume') {
          return () =>
            Promise.resolve({ kind: 'consumed', approval: { ...approval, callDigest: 'other' } });
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const settled = await settle(
      {},
      approval.handle,
      createApprovalGate({ ledger: confused, clock, keys: sealKeys }),
    );
    expect(isRefusal(settled) && settled.code).toBe('approvals/unavailable');
  });

  it('passes on what became of the use, and a failure of that', async () => {
    const { handle } = await approved();
    const settled = await settle({}, handle);
    if (isRefusal(settled)) throw new Error('refused');
    await gate.noteUse(settled.approval, 'used');
    expect((await ledger.byId('main', settled.approval.id))?.use).toBe('used');
    const other = { ...settled.approval, id: 'unheard' };
    await expect(gate.noteUse(other, 'used')).rejects.toBeInstanceOf(BailiwickError);
  });
});

describe('the digest of a call', () => {
  it('does not depend on the order of the rules, and on everything else', () => {
    const base = gate.digestOf(approvalBinding({ rules: ['a', 'b'] }));
    expect(gate.digestOf(approvalBinding({ rules: ['b', 'a'] }))).toBe(base);
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    const digests = Object.keys(approvalBinding()).map((field) =>
      gate.digestOf({ ...approvalBinding(), [field]: field === 'rules' ? ['z'] : 'changed' }),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });
});
