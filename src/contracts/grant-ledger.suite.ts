import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import type { Approval, ApprovalBinding } from '#kernel/grant.ts';
import type { ApprovalRequest, GrantLedger } from './grant-ledger.ts';
import { bothHalves, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const hour = 3_600_000;
const quarter = 900_000;

interface Asked {
  readonly tenant: string;
  readonly now: number;
  readonly agent?: string;
  readonly call?: string;
  readonly pendingLimit?: number;
}

export function approvalRequest({ tenant, now, ...asked }: Asked): ApprovalRequest {
  const call = asked.call ?? 'refund 100';
  const binding: ApprovalBinding = {
    tenant,
    agent: asked.agent ?? 'refund-bot',
    instance: 'refund-bot-1',
    user: undefined,
    session: 'session-1',
    target: 'tool:billing/create_refund',
    targetDigest: sha256Hex('tool'),
    argumentsDigest: sha256Hex(call),
    rules: ['builtin/write'],
    approvalClass: 'write',
  };
  return {
    binding,
    callDigest: sha256Hex(`${binding.agent} ${call}`),
    context: {
      policyDigest: sha256Hex('policy'),
      labels: ['integrity:untrusted'],
      effectClass: 'write',
      reversible: false,
      explanation: 'Ünïcödé \u{1f600} "quoted"\n\u0000 end',
      argumentsText: '{"amount":100}',
      callId: 'call-1',
      beforeText: '[{"argument":"amount","was":"90","from":"a/b","call":"c","at":1}]',
      person: 'ann@corp',
      task: 'task-1',
    },
    now,
    expiresAt: now + hour,
    pendingLimit: asked.pendingLimit ?? 50,
  };
}

/** The promises of `contracts/grant-ledger`. */
export function describeGrantLedger(name: string, make: MakeStore): void {
  describe(`the grant ledger contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const ledger = (): GrantLedger => bothHalves(store()).grants;
    const now = (): number => store().clock.now();
    const ask = (asked: Omit<Asked, 'now'>) =>
      ledger().request(approvalRequest({ ...asked, now: now() }));
    const decide = (approval: Approval, verdict: 'approve' | 'reject' | 'withdraw') =>
      store().authority.grants.decide({
        tenant: approval.binding.tenant,
        id: approval.id,
        verdict,
        by: 'ann',
        reason: 'it is right',
        now: now(),
        grantExpiresAt: now() + quarter,
      });
    const granted = async (asked: Omit<Asked, 'now'>) => decide(await ask(asked), 'approve');
    const spendOf = (approval: Approval, by = 'gateway-1') => ({
      tenant: approval.binding.tenant,
      id: approval.id,
      callDigest: approval.callDigest,
      by,
      now: now(),
    });

    it('gives back what was asked, by its id and by its handle [APR-01]', async () => {
      const tenant = newTenant();
      const request = approvalRequest({ tenant, now: now() });
      const approval = await ledger().request(request);
      expect(approval).toMatchObject({
        state: 'pending',
        callDigest: request.callDigest,
        context: request.context,
        requestedAt: request.now,
        expiresAt: request.expiresAt,
      });
      expect(approval.binding).toEqual(request.binding);
      expect(approval.handle).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(await ledger().byId(tenant, approval.id)).toEqual(approval);
      expect(await ledger().byHandle(tenant, approval.handle)).toEqual(approval);
      expect(await ledger().openFor(tenant, approval.callDigest)).toEqual(approval);
      expect(await ledger().byId(tenant, approval.handle)).toBeUndefined();
    });

    it('shows nothing of it to another tenant, who cannot spend it either [DAT-01]', async () => {
      const approval = await granted({ tenant: newTenant() });
      const other = newTenant();
      expect(await ledger().byId(other, approval.id)).toBeUndefined();
      expect(await ledger().byHandle(other, approval.handle)).toBeUndefined();
      expect(await ledger().openFor(other, approval.callDigest)).toBeUndefined();
      expect(await ledger().list({ tenant: other, limit: 10 })).toEqual([]);
      const spent = await ledger().consume({ ...spendOf(approval), tenant: other });
      expect(spent).toMatchObject({ kind: 'refused', why: 'unknown' });
    });

    it('tells whoever counts what was asked since then and what waits, without the arguments [APR-03]', async () => {
      const tenant = newTenant();
      const waits = await ask({ tenant, call: 'old' });
      const no = await decide(await ask({ tenant, call: 'older' }), 'reject');
      store().clock.advance(hour / 2);
      const yes = await granted({ tenant, call: 'new', agent: 'other' });
      const found = await store().authority.grants.held(tenant, now());
      expect(new Set(found.map(({ id }) => id))).toEqual(new Set([waits.id, yes.id]));
      const all = await store().authority.grants.held(tenant, 0);
      expect(all.length).toBe(3);
      expect(all.find(({ id }) => id === no.id)).toEqual({
        id: no.id,
        agent: 'refund-bot',
        target: 'tool:billing/create_refund',
        approvalClass: 'write',
        state: 'rejected',
        requestedAt: no.requestedAt,
        expiresAt: no.expiresAt,
        decidedAt: no.decidedAt,
        decidedBy: 'ann',
        yeses: [],
      });
      expect(JSON.stringify(all)).not.toContain('amount');
      expect(await store().authority.grants.held(newTenant(), 0)).toEqual([]);
    });

    it('gives no override: what people gave beforehand stands in no store [POL-08]', async () => {
      const tenant = newTenant();
      const { binding, context, callDigest } = approvalRequest({ tenant, now: now() });
      const { agent, target, approvalClass } = binding;
      const { effectClass } = context;
      const of = { tenant, agent, target, approvalClass, effectClass, callDigest };
      expect(await ledger().overrideFor(of)).toBeUndefined();
    });

    it('answers the same question with the same approval while it is open', async () => {
      const tenant = newTenant();
      const asked = await Promise.all(Array.from({ length: 30 }, () => ask({ tenant })));
      expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
      const approved = await decide(asked[0] as Approval, 'approve');
      expect((await ask({ tenant })).state).toBe('approved');
      await ledger().consume(spendOf(approved));
      const next = await ask({ tenant });
      expect(next.state).toBe('pending');
      expect(next.id).not.toBe(approved.id);
    });

    it('lets no agent have more open questions than its limit, however many ask at once', async () => {
      const tenant = newTenant();
      const asked = await Promise.allSettled(
        Array.from({ length: 25 }, (_, i) => ask({ tenant, call: `call ${i}`, pendingLimit: 10 })),
      );
      const refused = asked.filter((one) => one.status === 'rejected');
      expect(asked.length - refused.length).toBe(10);
      for (const { reason } of refused)
        expect(reason).toMatchObject({ code: 'approvals/too-many' });
      const other = await ask({ tenant, agent: 'another', pendingLimit: 10 });
      expect(other.state).toBe('pending');
    });

    it('takes one verdict, from pending only [APR-02]', async () => {
      for (const verdict of ['approve', 'reject', 'withdraw'] as const) {
        const approval = await ask({ tenant: newTenant() });
        const said = await Promise.allSettled([
          decide(approval, verdict),
          decide(approval, 'reject'),
          decide(approval, verdict),
        ]);
        expect(said.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        await expect(decide(approval, 'approve')).rejects.toMatchObject({
          code: 'approvals/not-pending',
        });
      }
      const ghost = { ...(await ask({ tenant: newTenant() })), id: 'no-such-id' };
      await expect(decide(ghost, 'approve')).rejects.toMatchObject({ code: 'approvals/unknown' });
    });

    it('spends a grant once when a hundred ask at the same time [APR-06]', async () => {
      const approval = await granted({ tenant: newTenant() });
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, i) => ledger().consume(spendOf(approval, `gateway-${i}`))),
      );
      const consumed = results.filter(({ kind }) => kind === 'consumed');
      expect(consumed).toHaveLength(1);
      expect(consumed[0]?.approval).toMatchObject({ state: 'spent', use: 'unused' });
      for (const one of results) {
        if (one.kind === 'refused') expect(one.why).toBe('spent');
      }
      const after = await ledger().byId(approval.binding.tenant, approval.id);
      expect(after?.spentBy).toBe(consumed[0]?.approval?.spentBy);
    });

    it('says why it spends nothing that is not a yes to exactly this [APR-02, APR-06]', async () => {
      const why = async (approval: Approval, change: object = {}) => {
        const result = await ledger().consume({ ...spendOf(approval), ...change });
        return result.kind === 'refused' ? result.why : result.kind;
      };
      const pending = await ask({ tenant: newTenant() });
      expect(await why(pending)).toBe('pending');
      expect(await why(await decide(pending, 'reject'))).toBe('rejected');
      expect(await why(await decide(await ask({ tenant: newTenant() }), 'withdraw'))).toBe(
        'rejected',
      );
      const approved = await granted({ tenant: newTenant() });
      expect(await why(approved, { callDigest: sha256Hex('another') })).toBe('mismatch');
      expect(await why(approved, { id: 'no-such-id' })).toBe('unknown');
      expect(await why(approved)).toBe('consumed');
      expect(await why(approved)).toBe('spent');
    });

    it('is not open and not spendable from the millisecond on that it ends [APR-06]', async () => {
      const tenant = newTenant();
      const { clock } = store();
      const early = await granted({ tenant, call: 'early' });
      const late = await granted({ tenant, call: 'late' });
      const unanswered = await ask({ tenant, call: 'unanswered' });
      clock.advance(quarter - 1);
      expect((await ledger().consume(spendOf(early))).kind).toBe('consumed');
      clock.advance(1);
      expect(await ledger().consume(spendOf(late))).toMatchObject({ why: 'expired' });
      expect(await ledger().openFor(tenant, late.callDigest)).toBeUndefined();
      expect((await ask({ tenant, call: 'late' })).id).not.toBe(late.id);
      clock.advance(hour - quarter);
      await expect(decide(unanswered, 'approve')).rejects.toMatchObject({
        code: 'approvals/not-pending',
      });
    });

    it('tells of each expiry once', async () => {
      const tenant = newTenant();
      const { clock, authority } = store();
      const pending = await ask({ tenant, call: 'a' });
      const unused = await granted({ tenant, call: 'b' });
      const spent = await granted({ tenant, call: 'c' });
      await ledger().consume(spendOf(spent));
      const mine = async () =>
        (await authority.grants.expire(now()))
          .filter(({ binding }) => binding.tenant === tenant)
          .map(({ id, state }) => `${state} ${id}`);
      expect(await mine()).toEqual([]);
      clock.advance(hour);
      const told = (await Promise.all([mine(), mine(), mine()])).flat();
      expect(told.sort()).toEqual([`expired ${pending.id}`, `expired ${unused.id}`].sort());
      expect(await mine()).toEqual([]);
    });

    it('keeps what became of the one use, and the first word on it stands', async () => {
      const approval = await granted({ tenant: newTenant() });
      const use = { tenant: approval.binding.tenant, id: approval.id };
      await expect(ledger().noteUse({ ...use, outcome: 'used' })).rejects.toMatchObject({
        code: 'approvals/unknown',
      });
      await ledger().consume(spendOf(approval));
      await ledger().noteUse({ ...use, outcome: 'unknown' });
      await ledger().noteUse({ ...use, outcome: 'used' });
      expect((await ledger().byId(use.tenant, use.id))?.use).toBe('unknown');
    });

    it('tells of which values people said yes to, while those grants live [APR-02, SEM-05]', async () => {
      const tenant = newTenant();
      const value = sha256Hex('a value in a sink');
      const beside = sha256Hex('a value that nobody doubted');
      const request = approvalRequest({ tenant, now: now() });
      const doubt = {
        why: 'stranger',
        argument: 'to',
        kind: 'recipient',
        origin: { target: 'mail/read', call: 'c', path: 'body' },
        form: 'verbatim',
        lookAlike: false,
        beside: 0,
        value,
      } as const;
      const context = {
        ...request.context,
        doubts: [doubt, { ...doubt, value: undefined }],
        proved: [
          { argument: 'cc', kind: 'recipient', value: beside },
          { argument: 'bcc', kind: 'recipient' },
        ],
        yesRepeats: true,
      } as const;
      const asked = await ledger().request({ ...request, context });
      expect((await ledger().byId(tenant, asked.id))?.context).toMatchObject({
        doubts: [{ value }, {}],
        proved: [{ argument: 'cc', value: beside }, { argument: 'bcc' }],
        yesRepeats: true,
      });
      const yeses = (agent = 'refund-bot') => ledger().valueYeses(tenant, agent);
      expect(await yeses()).toEqual([]);
      await decide(asked, 'approve');
      const yes = {
        approval: asked.id,
        agent: 'refund-bot',
        instance: 'refund-bot-1',
        task: 'task-1',
        target: 'tool:billing/create_refund',
        targetDigest: sha256Hex('tool'),
        values: [value],
        beside: [beside],
      };
      expect(await yeses()).toMatchObject([yes]);
      await ledger().consume(spendOf(asked));
      expect(await yeses()).toMatchObject([yes]);
      expect(await yeses('other')).toEqual([]);
      const rejected = await ask({ tenant, call: 'another' });
      await decide(rejected, 'reject');
      expect(await yeses()).toHaveLength(1);
      // Whoever said this one was told of one call: it is a yes to no value.
      const single = { ...context, yesRepeats: undefined };
      const other = { ...approvalRequest({ tenant, now: now(), call: 'single' }), context: single };
      await decide(await ledger().request(other), 'approve');
      expect((await yeses()).flatMap(({ values }) => values)).toEqual([value]);
      store().clock.advance(quarter);
      expect(await yeses()).toEqual([]);
    });

    it('owes what a user said once, and decides nothing by it [SEM-05]', async () => {
      const asked = await ask({ tenant: newTenant() });
      const { id, binding } = asked;
      const said = { tenant: binding.tenant, id, now: now() };
      await ledger().userSaid({ ...said, verdict: 'reject' });
      await ledger().userSaid({ ...said, verdict: 'approve' });
      const owed = (await store().authority.outbox.due(1_000)).filter(
        ({ tenant }) => tenant === binding.tenant,
      );
      expect(owed).toMatchObject([
        { kind: 'user-said', body: { approval: id, verdict: 'reject' } },
      ]);
      expect((await ledger().byId(binding.tenant, id))?.state).toBe('pending');
      await store().authority.outbox.done(owed);
    });

    it('lists the newest first, by state and agent, no more than asked [APR-01]', async () => {
      const tenant = newTenant();
      for (const call of ['a', 'b', 'c']) {
        await ask({ tenant, call });
        store().clock.advance(1);
      }
      const other = await ask({ tenant, agent: 'other' });
      await decide(other, 'approve');
      const ids = async (filter: object) =>
        (await ledger().list({ tenant, limit: 10, ...filter })).map(
          ({ requestedAt }) => requestedAt,
        );
      const all = await ids({});
      expect(all).toHaveLength(4);
      expect(all).toEqual(all.toSorted((a, b) => b - a));
      expect(await ids({ state: 'approved' })).toEqual([other.requestedAt]);
      expect(await ids({ agent: 'refund-bot' })).toHaveLength(3);
      expect(await ids({ limit: 2 })).toEqual(all.slice(0, 2));
    });

    it('goes on behind a place, whatever came meanwhile', async () => {
      const tenant = newTenant();
      // Two of one moment, and one before it.
      const early = await ask({ tenant, call: 'early' });
      store().clock.advance(1);
      for (const call of ['a', 'b']) await ask({ tenant, call });
      const list = (filter: object) => ledger().list({ tenant, limit: 1, ...filter });
      const [first] = await list({});
      const placeOf = (one: Approval | undefined) => ({
        at: one?.requestedAt ?? 0,
        id: one?.id ?? '',
      });
      store().clock.advance(1);
      await ask({ tenant, call: 'new' });
      const [second] = await list({ before: placeOf(first) });
      const [third] = await list({ before: placeOf(second) });
      expect(second?.requestedAt).toBe(first?.requestedAt);
      expect([first?.id, second?.id]).not.toContain(third?.id);
      expect(third?.id).toBe(early.id);
      expect(await list({ before: placeOf(third) })).toEqual([]);
    });

    it('is told the oldest first too, and by letters of the agent, whatever their case', async () => {
      const tenant = newTenant();
      for (const agent of ['pay-bot', 'ask_bot', 'pay-desk']) {
        await ask({ tenant, agent, call: agent });
        store().clock.advance(1);
      }
      const list = async (filter: object) =>
        (await ledger().list({ tenant, limit: 2, ...filter })).map((one) => one);
      const agents = async (filter: object) =>
        (await list(filter)).map(({ binding }) => binding.agent);
      expect(await agents({ oldestFirst: true })).toEqual(['pay-bot', 'ask_bot']);
      const [, second] = await list({ oldestFirst: true, state: 'pending' });
      const before = { at: second?.requestedAt ?? 0, id: second?.id ?? '' };
      expect(await agents({ oldestFirst: true, before })).toEqual(['pay-desk']);
      expect(await agents({ q: 'PAY' })).toEqual(['pay-desk', 'pay-bot']);
      // A sign of the pattern is a letter like any other.
      expect(await agents({ q: '_' })).toEqual(['ask_bot']);
      expect(await agents({ q: '%' })).toEqual([]);
    });

    it('never lets two spend, nor spends what is not approved, in any order of acts [APR-02]', async () => {
      const act = fc.constantFrom('approve', 'reject', 'consume', 'request', 'expire', 'wait');
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 24 }), async (acts) => {
          const tenant = newTenant();
          const first = await ask({ tenant });
          let spent = 0;
          let approved = false;
          const run = async (one: (typeof acts)[number]): Promise<void> => {
            if (one === 'approve' || one === 'reject') {
              await decide(first, one).then(
                () => (approved ||= one === 'approve'),
                () => undefined,
              );
            } else if (one === 'consume') {
              if ((await ledger().consume(spendOf(first))).kind === 'consumed') spent += 1;
            } else if (one === 'request') await ask({ tenant });
            else if (one === 'expire') await store().authority.grants.expire(now());
            else store().clock.advance(quarter / 2);
          };
          // Two at a time, so that they meet.
          for (let i = 0; i < acts.length; i += 2) {
            await Promise.all(acts.slice(i, i + 2).map(run));
          }
          expect(spent).toBeLessThanOrEqual(approved ? 1 : 0);
        }),
        { numRuns: 25 },
      );
    });

    it('voids every earlier question and grant when the epoch rises, and none of the later', async () => {
      const tenant = newTenant();
      const pending = await ask({ tenant, call: 'pending' });
      const approved = await granted({ tenant, call: 'approved' });
      const lease = await store().port.leases.open({
        id: 'lease-1',
        tenant,
        agent: 'a',
        instance: 'i',
        target: 'tool:s',
        secret: 'x',
        bound: 'process',
        openedAt: now(),
      });
      const epoch = await store().authority.grants.raiseEpoch();
      expect(epoch).toBe(lease.epoch + 1);
      expect(await ledger().consume(spendOf(approved))).toMatchObject({ why: 'void' });
      await expect(decide(pending, 'approve')).rejects.toMatchObject({
        code: 'approvals/not-pending',
      });
      expect(await store().authority.leases.listOpen({ tenant })).toEqual([]);
      const again = await granted({ tenant, call: 'approved' });
      expect(again.epoch).toBe(epoch);
      expect((await ledger().consume(spendOf(again))).kind).toBe('consumed');
    });
  });
}
