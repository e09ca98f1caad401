import { beforeEach, describe, expect, it } from 'vitest';
import type { GrantLedger } from '#contracts/grant-ledger.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  approvalBinding,
  approvalContext,
  askedContext,
  anyApprover,
  sealKeys,
} from '../../../test/fakes/approval-asks.ts';
import { FakeGrantLedger } from '../../../test/fakes/fake-grant-ledger.ts';
import {
  type ApprovalDesk,
  createApprovalDesk,
  createApprovalGate,
  shownDigestOf,
} from './index.ts';

let clock: ManualClock;
let ledger: FakeGrantLedger;
let records: RecordDraft[];
let owedLater: RecordDraft[];
let diskFull: boolean;
let desk: ApprovalDesk;

const recorder = {
  async record(draft: RecordDraft) {
    await Promise.resolve();
    if (diskFull) throw new BailiwickError('audit/unavailable');
    records.push(draft);
  },
  owe: async (draft: RecordDraft) => void owedLater.push(draft),
};

beforeEach(() => {
  clock = new ManualClock();
  ledger = new FakeGrantLedger({ clock });
  records = [];
  owedLater = [];
  diskFull = false;
  desk = createApprovalDesk({ ledger, clock, recorder, keys: sealKeys, judge: anyApprover });
});

async function pending(session = 'session-1'): Promise<Approval> {
  const now = clock.now();
  const binding = approvalBinding({ session });
  const callDigest = createApprovalGate({ ledger, clock, keys: sealKeys }).digestOf(binding);
  const context = askedContext(binding, 'call-1');
  return ledger.request({
    binding,
    callDigest,
    context,
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: 50,
  });
}

function person(name: string, tenant = 'main', role: Role = 'approver'): Person {
  return { tenant, name, roles: [role] };
}

function verdict(approval: Approval, over: Partial<Parameters<ApprovalDesk['decide']>[0]> = {}) {
  const shown = shownDigestOf(approval);
  const said = { id: approval.id, by: person('ann'), reason: 'ticket 12', shown };
  return { ...said, verdict: 'approve' as const, ...over };
}

/** What is on record, and what is sure to be: it was owed in the ledger's own transaction. */
function told(): RecordDraft[] {
  return [...records, ...ledger.owed.map(({ body }) => body as unknown as RecordDraft)];
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

describe('a verdict', () => {
  it.each([
    ['approve', 'approved', 'approval.approved'],
    ['reject', 'rejected', 'approval.rejected'],
    ['withdraw', 'withdrawn', 'approval.withdrawn'],
  ] as const)('%s takes effect and is on record [APR-01]', async (said, state, type) => {
    const approval = await pending();
    const after = await desk.decide(verdict(approval, { verdict: said }));
    expect(after).toMatchObject({ state, decidedBy: 'ann', reason: 'ticket 12' });
    expect(told()).toEqual([
      expect.objectContaining({
        type,
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ann' }],
        approval: { id: approval.id, by: 'ann', class: 'write' },
        call: 'call-1',
      }),
    ]);
  });

  it('gives a grant that ends [APR-06]', async () => {
    const after = await desk.decide(verdict(await pending()));
    expect(after.grantExpiresAt).toBe(clock.now() + limits.grantMs);
  });

  it.each([
    ['', 'api/reason-required'],
    [' \n', 'api/reason-required'],
    ['x'.repeat(limits.reasonBytes + 1), 'api/invalid'],
    ['é'.repeat(limits.reasonBytes / 2 + 1), 'api/invalid'],
  ])('needs a reason that somebody can read', async (reason, code) => {
    const approval = await pending();
    expect(await codeOf(desk.decide(verdict(approval, { reason })))).toBe(code);
    expect((await desk.show('main', approval.id))?.state).toBe('pending');
    expect(told()).toEqual([]);
  });

  it('takes a reason of exactly the limit', async () => {
    const reason = 'x'.repeat(limits.reasonBytes);
    expect(await codeOf(desk.decide(verdict(await pending(), { reason })))).toBe('done');
  });

  it('needs a person', async () => {
    const approval = await pending();
    expect(await codeOf(desk.decide(verdict(approval, { by: person(' ') })))).toBe(
      'api/unauthorized',
    );
  });

  it('comes too late after the expiry, even before it was noticed [APR-18]', async () => {
    const approval = await pending();
    clock.advance(limits.approvalMs);
    expect(await codeOf(desk.decide(verdict(approval)))).toBe('approvals/expired');
    expect(told()).toEqual([]);
  });

  it('stands: nobody decides twice [APR-01]', async () => {
    const approval = await pending();
    await desk.decide(verdict(approval, { verdict: 'reject' }));
    expect(await codeOf(desk.decide(verdict(approval)))).toBe('approvals/not-pending');
    expect(told()).toHaveLength(1);
  });

  it('is one verdict and one record when two people press at once [APR-01]', async () => {
    const approval = await pending();
    const codes = await Promise.all([
      codeOf(desk.decide(verdict(approval, { by: person('ann') }))),
      codeOf(desk.decide(verdict(approval, { by: person('bob'), verdict: 'reject' }))),
    ]);
    expect(codes).toEqual(['done', 'approvals/not-pending']);
    expect(records.map(({ type }) => type)).toEqual(['approval.approved']);
  });

  it('does not cross tenants', async () => {
    const approval = await pending();
    expect(await codeOf(desk.decide(verdict(approval, { by: person('ann', 'other') })))).toBe(
      'approvals/unknown',
    );
  });
});

describe('a yes is to what was shown', () => {
  it('names it, and it stands in its record [APR-05]', async () => {
    const approval = await pending();
    await desk.decide(verdict(approval));
    expect(told()[0]?.details).toMatchObject({
      shown: shownDigestOf(approval),
      callDigest: approval.callDigest,
    });
  });

  it('and to nothing else: not without saying what, nor to what another one showed', async () => {
    const [approval, other] = [await pending(), await pending('session-2')];
    for (const shown of [undefined, 'f'.repeat(64), shownDigestOf(other)]) {
      expect(await codeOf(desk.decide(verdict(approval, { shown })))).toBe('approvals/changed');
    }
    expect(told()).toEqual([]);
    // A no takes away: it needs no look.
    const no = verdict(approval, { verdict: 'reject', shown: undefined });
    expect(await codeOf(desk.decide(no))).toBe('done');
  });

  it.each([
    ['its arguments', { argumentsText: '{"amount":1}' }],
    ['why it was asked', { explanation: 'nothing much' }],
    ['what it is said to do', { effectClass: 'read' as const }],
    ['what it carries', { labels: [], reversible: true }],
    ['its seal', { seal: undefined }],
    ['what stood there before', { beforeText: '[]' }],
    ['its words, erased', { argumentsText: '' }],
  ])(
    'is refused where somebody edited %s in the store, also before it was shown',
    async (_, over) => {
      const approval = await pending();
      const edited = { ...approval, context: { ...approval.context, ...over } };
      const shown = shownDigestOf(edited);
      const ofEdited = createApprovalDesk({
        ledger: ledgerWith('byId', async () => edited),
        clock,
        recorder,
        keys: sealKeys,
        judge: anyApprover,
      });
      const yes = ofEdited.decide(verdict(approval, { shown }));
      expect(await codeOf(yes)).toBe('approvals/changed');
      expect((await ledger.byId('main', approval.id))?.state).toBe('pending');
      expect(told()).toEqual([]);
      const no = ofEdited.decide(verdict(approval, { verdict: 'reject' }));
      expect(await codeOf(no)).toBe('done');
    },
  );
});

describe('a yes that cannot be recorded', () => {
  it('is no yes: the call stays held [APR-01, APR-02]', async () => {
    const approval = await pending();
    diskFull = true;
    expect(await codeOf(desk.decide(verdict(approval)))).toBe('audit/unavailable');
    const gate = createApprovalGate({ ledger, clock, keys: sealKeys });
    const settled = await gate.settle({
      binding: approval.binding,
      context: approvalContext('call-2'),
      handle: approval.handle,
      spender: 'gateway-1/call-2',
    });
    expect(settled).toMatchObject({ kind: 'held', approval: { state: 'pending' } });
    diskFull = false;
    expect(await codeOf(desk.decide(verdict(approval)))).toBe('done');
  });

  it('can at no moment be spent before it is on disk [APR-02]', async () => {
    const approval = await pending();
    const seen: string[] = [];
    const slow = createApprovalDesk({
      ledger,
      clock,
      keys: sealKeys,
      judge: anyApprover,
      recorder: {
        async record() {
          seen.push((await ledger.byId('main', approval.id))?.state ?? '');
        },
        owe: async () => undefined,
      },
    });
    await slow.decide(verdict(approval));
    expect(seen).toEqual(['pending']);
  });
});

function ledgerWith<Name extends keyof GrantLedger>(name: Name, own: GrantLedger[Name]) {
  return new Proxy<GrantLedger>(ledger, {
    get(target, key) {
      if (key === name) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function deskOver(decide: GrantLedger['decide']): ApprovalDesk {
  return createApprovalDesk({
    ledger: ledgerWith('decide', decide),
    clock,
    recorder,
    keys: sealKeys,
    judge: anyApprover,
  });
}

describe('a no', () => {
  it.each([
    ['reject', 'rejected', 'approval.rejected'],
    ['withdraw', 'withdrawn', 'approval.withdrawn'],
  ] as const)(
    '(%s) takes effect although nothing can be recorded; its record is owed with it [APR-01, AUD-05]',
    async (said, state, type) => {
      const approval = await pending();
      diskFull = true;
      const after = await desk.decide(verdict(approval, { verdict: said }));
      expect(after.state).toBe(state);
      expect(records).toEqual([]);
      expect(ledger.owed).toMatchObject([
        {
          tenant: 'main',
          kind: 'record',
          body: { type, actors: [{ name: 'ann' }], details: { reason: 'ticket 12' } },
        },
      ]);
    },
  );

  it('that the ledger does not take leaves no record that it was said', async () => {
    const approval = await pending();
    const failing = deskOver(() => Promise.reject(new BailiwickError('store/unavailable')));
    const no = failing.decide(verdict(approval, { verdict: 'reject' }));
    expect(await codeOf(no)).toBe('store/unavailable');
    expect(told()).toEqual([]);
  });

  it('counts when only the answer was lost', async () => {
    const approval = await pending();
    const lossy = deskOver(async (said) => {
      await ledger.decide(said);
      throw new BailiwickError('store/unavailable');
    });
    const no = await lossy.decide(verdict(approval, { verdict: 'reject' }));
    expect(no.state).toBe('rejected');
    expect(told().map(({ type }) => type)).toEqual(['approval.rejected']);
  });
});

describe('whoever comes to the desk', () => {
  it.each(['approve', 'reject', 'withdraw'] as const)(
    'may %s as an approver or admin of this tenant, and not as an auditor',
    async (said) => {
      const approval = await pending();
      const by = person('aud', 'main', 'auditor');
      const refused = desk.decide(verdict(approval, { verdict: said, by }));
      expect(await codeOf(refused)).toBe('api/forbidden');
      const admin = person('adm', 'main', 'admin');
      const decided = desk.decide(verdict(approval, { verdict: said, by: admin }));
      expect(await codeOf(decided)).toBe('done');
    },
  );
});

describe('an analyst', () => {
  it('withdraws and decides nothing; an operator does not decide either [APR-01]', async () => {
    const approval = await pending();
    for (const role of ['analyst', 'operator'] as const) {
      for (const said of ['approve', 'reject'] as const) {
        const decided = desk.decide(
          verdict(approval, { verdict: said, by: person('eve', 'main', role) }),
        );
        expect(await codeOf(decided)).toBe('api/forbidden');
      }
    }
    const by = person('eve', 'main', 'analyst');
    expect(await codeOf(desk.decide(verdict(approval, { verdict: 'withdraw', by })))).toBe('done');
  });
});

describe('a recorded verdict that the ledger does not take', () => {
  it('is reported, and the log says that it did not apply [APR-01]', async () => {
    const approval = await pending();
    const failing = deskOver(() => Promise.reject(new BailiwickError('store/unavailable')));
    expect(await codeOf(failing.decide(verdict(approval)))).toBe('store/unavailable');
    expect(records.map(({ type }) => type)).toEqual(['approval.approved', 'approval.reconciled']);
    expect(records[1]?.details).toEqual({ verdict: 'approve', applied: 'no', state: 'pending' });
  });

  it('says so later when the log went away meanwhile', async () => {
    const approval = await pending();
    const failing = deskOver(() => {
      diskFull = true;
      return Promise.reject(new BailiwickError('store/unavailable'));
    });
    expect(await codeOf(failing.decide(verdict(approval)))).toBe('store/unavailable');
    expect(owedLater.map(({ type }) => type)).toEqual(['approval.reconciled']);
  });

  it('counts when only the answer was lost [APR-01]', async () => {
    const approval = await pending();
    const lossy = deskOver(async (said) => {
      await ledger.decide(said);
      throw new BailiwickError('store/unavailable');
    });
    expect((await lossy.decide(verdict(approval))).state).toBe('approved');
    expect(records.map(({ type }) => type)).toEqual(['approval.approved']);
  });
});

describe('expiry', () => {
  it('ends what nobody decided and what nobody used, on record [APR-18]', async () => {
    await pending('session-1');
    const used = await pending('session-2');
    await desk.decide(verdict(used));
    records = [];
    clock.advance(limits.grantMs);
    expect(await desk.expire()).toBe(1);
    clock.advance(limits.approvalMs);
    expect(await desk.expire()).toBe(1);
    expect(await desk.expire()).toBe(0);
    expect(records.map(({ type, actors }) => [type, actors[0]?.kind])).toEqual([
      ['approval.expired', 'system'],
      ['approval.expired', 'system'],
    ]);
    expect(await desk.list({ tenant: 'main', state: 'expired', limit: 10 })).toHaveLength(2);
  });

  it('is recorded later when the log was away, each exactly once', async () => {
    await pending();
    clock.advance(limits.approvalMs);
    diskFull = true;
    expect(await codeOf(desk.expire())).toBe('audit/unavailable');
    diskFull = false;
    await Promise.all([desk.expire(), desk.expire()]);
    expect(records.map(({ type }) => type)).toEqual(['approval.expired']);
  });
});

describe('what a user said where they work', () => {
  it('is recorded first and decided as theirs, with how it was said [SEM-05, APR-15]', async () => {
    const { id } = await pending();
    const said = { tenant: 'main', id, verdict: 'approve', by: 'ada' } as const;
    const decided = await desk.userDecided(said);
    expect(decided).toMatchObject({ state: 'approved', decidedBy: 'user/ada' });
    expect(records).toMatchObject([
      {
        type: 'approval.approved',
        actors: [{ kind: 'human', name: 'user/ada' }],
        details: { through: 'elicitation' },
      },
    ]);
    await expect(desk.userDecided(said)).rejects.toMatchObject({ code: 'approvals/not-pending' });
  });

  it('is no yes that cannot be written down', async () => {
    const { id } = await pending();
    diskFull = true;
    const said = { tenant: 'main', id, verdict: 'approve', by: 'ada' } as const;
    await expect(desk.userDecided(said)).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect((await ledger.byId('main', id))?.state).toBe('pending');
  });
});
