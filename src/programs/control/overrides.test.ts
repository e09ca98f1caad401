import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overridesItem } from '#api/overrides-item.ts';
import {
  longestOverrideMs,
  mostUnreviewed,
  overrideKeptMs,
  overrideReviewMs,
  type OverrideBook,
} from '#contracts/override-book.ts';
import type { Store } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { callDigestOf } from '#kernel/grant.ts';
import { parseListed } from '#kernel/manifest.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import type { OverrideDesk } from '#planes/approvals/index.ts';
import { openKeptOverrides, readLogBreaks } from '#storage/ratchet/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { approvalBinding, askedContext, sealKeys } from '../../../test/fakes/approval-asks.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { judgedGrants, overrideDesk } from './yeses.ts';

const listed = (text: string) => ({ ...(parseListed(text) as object), bounds: {} });
const naming = {
  pins: { billing: { refund: {} } },
  servers: { fake: { tools: { pay: {} } } },
  manifests: { work: { targets: ['tool:crm/find', 'resource:docs/file:///a/*'].map(listed) } },
  providers: { openai: { models: { 'gpt-5': {} } } },
};

const hour = 3_600_000;
const minute = 60_000;

let folder: string;
let clock: ManualClock;
let log: FakeLog;
let store: Store;
let book: OverrideBook;
let desk: OverrideDesk;
let rules: object;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-overrides-'));
  clock = new ManualClock();
  log = new FakeLog(clock);
  rules = {};
  const plain = await openSqliteStore({ folder, clock });
  open(plain);
  await known('root', 'admin');
  ann = await known('ann', 'approver');
  bob = await known('bob', 'auditor');
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As at each start of control: the file beside the keys is read anew. */
function open(plain: Store): void {
  book = openKeptOverrides(join(folder, 'ratchet'), clock);
  const judged = judgedGrants(plain, { keys: sealKeys, overrides: book }, clock);
  store = judged.store;
  judged.yeses.judgeBy(snapshot);
  desk = overrideDesk({ recorder: log, clock, snapshot, yeses: judged.yeses });
}

function snapshot(): Snapshot {
  const agents = { worker: {}, other: {} };
  return {
    tenants: { main: { agents, approvalRules: rules, ...naming } },
  } as unknown as Snapshot;
}

async function known(name: string, ...roles: readonly Role[]): Promise<Person> {
  const person = { tenant: 'main', name, roles };
  await store.people.addPerson({ person, credentialDigest: name, now: clock.now() });
  return person;
}

const give = (over: Partial<Parameters<OverrideDesk['give']>[0]> = {}) =>
  desk.give({
    by: ann,
    agent: 'worker',
    target: 'billing/refund',
    forMs: hour,
    reason: 'incident 41',
    ...over,
  });

const goesOn = async (over: object = {}) =>
  (
    await store.grants.overrideFor({
      tenant: 'main',
      agent: 'worker',
      target: 'tool:billing/refund',
      approvalClass: 'write',
      effectClass: 'write',
      callDigest: 'f'.repeat(64),
      ...over,
    })
  )?.id;

const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
const item = () => overridesItem(desk.list('main'), clock.now());

describe('an override', () => {
  it('is on record before it is, and for this agent and target alone, of this tenant [POL-08]', async () => {
    const { id, until } = await give();
    expect(log.drafts).toMatchObject([
      {
        type: 'override.given',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ann' }],
        approval: { id, by: 'ann', override: true },
        details: { agent: 'worker', target: 'tool:billing/refund', reason: 'incident 41' },
      },
    ]);
    expect(until).toBe(clock.now() + hour);
    expect(await goesOn()).toBe(id);
    for (const other of [
      { tenant: 'other' },
      { agent: 'other' },
      { target: 'tool:billing/refunds' },
      { target: 'tool:billing' },
    ])
      expect(await goesOn(other)).toBeUndefined();
    log.failing = true;
    expect(await codeOf(give({ agent: 'other' }))).toBe('audit/unavailable');
    expect(await goesOn({ agent: 'other' })).toBeUndefined();
  });

  it('ends by itself, to the millisecond, and none is given for longer than eight hours [POL-08]', async () => {
    await give({ forMs: minute });
    clock.advance(minute - 1);
    expect(await goesOn()).toBeDefined();
    clock.advance(1);
    expect(await goesOn()).toBeUndefined();
    expect(await codeOf(give({ forMs: longestOverrideMs }))).toBe('done');
    for (const forMs of [longestOverrideMs + 1, 0, -1, 1.5, Number.NaN])
      expect(await codeOf(give({ forMs }))).toBe('api/invalid');
  });

  it('has a reason, a giver who may approve and sits there, an agent and a target that there can be [POL-08]', async () => {
    for (const reason of ['', '  ']) {
      expect(await codeOf(give({ reason }))).toBe('api/reason-required');
    }
    expect(await codeOf(give({ by: bob }))).toBe('api/forbidden');
    const token = { ...ann, through: { kind: 'token', id: 't' } } as const;
    expect(await codeOf(give({ by: token }))).toBe('api/forbidden');
    expect(await codeOf(give({ agent: 'nobody' }))).toBe('api/not-found');
    for (const target of ['billing', 'tool:billing', 'a/\u0000', '*/x'])
      expect(await codeOf(give({ target }))).toBe('api/invalid');
    expect([log.drafts, desk.list('main')]).toEqual([[], []]);
  });

  it('is for what a document or a pin names, and `*` is nothing [POL-08]', async () => {
    for (const target of [
      'billing/refund',
      'fake/pay',
      'crm/find',
      'resource:docs/file:///a/b.txt',
      'model:openai/gpt-5',
    ])
      expect(await codeOf(give({ target })), target).toBe('done');
    const given = log.drafts.length;
    const asked = (target: string) =>
      give({ target }).then(
        () => undefined,
        (fault: BailiwickError) => [fault.code, `${fault.message}: ${fault.suggestedAction}`],
      );
    const near = [
      ['fake/pya', '`fake/pay`'],
      ['crm/fnd', '`crm/find`'],
      ['model:openai/gpt5', '`model:openai/gpt-5`'],
    ] as const;
    for (const [target, meant] of near)
      expect(await asked(target)).toEqual(['api/not-found', expect.stringContaining(meant)]);
    for (const target of ['model:none/none', 'fake/constructor', 'resource:docs/file:///b.txt'])
      expect(await codeOf(give({ target })), target).toBe('api/not-found');
    for (const target of ['fake/*', 'model:openai/*', 'resource:docs/file:///a/*'])
      expect(await asked(target)).toEqual(['api/invalid', expect.stringContaining('`*` is none')]);
    expect(log.drafts).toHaveLength(given);
  });

  it('is nothing to what an ApprovalRule is about: there as many people say yes as it says [POL-08] [APR-17]', async () => {
    await give();
    const of = { effects: ['write'], quorum: 2, exclude: [], roles: [], people: [] };
    rules = { two: { name: 'two', ...of } };
    expect(await goesOn()).toBeUndefined();
    expect(await goesOn({ effectClass: 'delete' })).toBeDefined();
    rules = { money: { name: 'money', ...of, effects: [], approvalClass: 'money' } };
    expect(await goesOn()).toBeDefined();
    // Several classes are asked together.
    expect(await goesOn({ approvalClass: 'money+write' })).toBeUndefined();
  });

  it.each(['pending', 'approved'] as const)(
    'closes what was asked about the call that goes on and is %s, on record, so that nothing is done twice [POL-08]',
    async (state) => {
      const binding = approvalBinding({ agent: 'worker', target: 'tool:billing/refund' });
      const callDigest = callDigestOf(binding);
      const now = clock.now();
      const { id } = await store.grants.request({
        binding,
        callDigest,
        context: askedContext(binding, 'call-1'),
        now,
        expiresAt: now + hour,
        pendingLimit: 10,
      });
      const verdict = { tenant: 'main', id, verdict: 'approve', by: 'bob', reason: 'x' } as const;
      const yes = () => store.grants.decide({ ...verdict, now, grantExpiresAt: now + hour });
      if (state === 'approved') await yes();
      // Of another call, and of none that goes on: it stays as it is.
      expect(await goesOn({ callDigest })).toBeUndefined();
      const given = await give();
      await goesOn();
      expect((await store.grants.byId('main', id))?.state).toBe(state);
      expect(await goesOn({ callDigest })).toBe(given.id);
      expect((await store.grants.byId('main', id))?.state).toBe('void');
      expect(await codeOf(yes())).toBe('approvals/not-pending');
      const spend = { tenant: 'main', id, callDigest, by: 'gateway-1', now };
      expect(await store.grants.consume(spend)).toMatchObject({ kind: 'refused', why: 'void' });
      const owed = await store.outbox.due(10);
      expect(owed.map(({ body }) => body)).toMatchObject([
        {
          type: 'approval.reconciled',
          approval: { id },
          details: { state: 'void', why: 'overridden', override: given.id, by: 'ann' },
        },
      ]);
    },
  );

  it('counts while its giver may still approve [POL-08]', async () => {
    await give();
    const change = { tenant: 'main', name: 'ann', now: clock.now(), eligible: [] };
    await store.people.setRoles({ ...change, roles: ['auditor'] });
    expect(await goesOn()).toBeUndefined();
  });

  it('ends when somebody says so, also where that cannot be recorded now [POL-08]', async () => {
    const { id } = await give();
    log.failing = true;
    await desk.end({ by: ann, id, reason: 'over' });
    expect(await goesOn()).toBeUndefined();
    log.failing = false;
    expect(await codeOf(desk.end({ by: ann, id, reason: 'again' }))).toBe('store/conflict');
    expect(await codeOf(desk.end({ by: ann, id: 'none', reason: 'x' }))).toBe('overrides/unknown');
    const again = await give();
    await desk.end({ by: ann, id: again.id, reason: 'over' });
    expect(log.drafts.at(-1)).toMatchObject({
      type: 'override.ended',
      approval: { id: again.id, by: 'ann' },
    });
  });

  it('is red when nobody but its giver has looked at it for a day, until somebody does, on record [POL-08]', async () => {
    expect(item()).toBeUndefined();
    const { id } = await give();
    expect(item()).toMatchObject({ state: 'amber' });
    clock.advance(overrideReviewMs - 1);
    expect(item()).toMatchObject({ state: 'amber' });
    clock.advance(1);
    expect(item()).toMatchObject({ state: 'red', why: expect.stringContaining(id) });
    const look = { id, reason: 'the incident was real' };
    for (const name of ['ann', 'ANN ']) {
      const own = desk.review({ by: { ...ann, name }, ...look });
      expect(await codeOf(own)).toBe('overrides/own-review');
    }
    const token: Person = { ...bob, through: { kind: 'token', id: 't-1' } };
    expect(await codeOf(desk.review({ by: token, ...look }))).toBe('api/forbidden');
    expect(item()).toMatchObject({ state: 'red' });
    await desk.review({ by: bob, ...look });
    expect(item()).toBeUndefined();
    expect(log.drafts.at(-1)).toMatchObject({
      type: 'override.reviewed',
      actors: [{ kind: 'human', name: 'bob' }],
      approval: { id, by: 'ann' },
    });
    expect(await codeOf(desk.review({ by: bob, ...look }))).toBe('store/conflict');
  });

  it('is not given while fifty wait for a look, and none of those is ever forgotten [POL-08]', async () => {
    const first = await give();
    for (let at = 1; at < mostUnreviewed; at += 1) await give();
    expect(await codeOf(give())).toBe('overrides/too-many');
    clock.advance(2 * overrideKeptMs);
    await desk.review({ by: bob, id: first.id, reason: 'late' });
    expect(await codeOf(give())).toBe('done');
    // The one that was looked at is over for long: it goes.
    expect(desk.list('main').length).toBe(mostUnreviewed);
  });

  it('stands beside the keys: a start knows it again, the store gives none, and an edited file is none [POL-08]', async () => {
    const { id } = await give();
    const plain = store;
    open(plain);
    expect(await goesOn()).toBe(id);
    // Whoever looks for the logs of writers in that folder is not stopped by it.
    expect(readLogBreaks(join(folder, 'ratchet'))).toEqual([]);
    const file = join(folder, 'ratchet', 'overrides.ratchet');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('incident 41', 'incident 42'));
    expect(() => openKeptOverrides(join(folder, 'ratchet'), clock)).toThrow(/damaged/);
    rmSync(file);
    open(plain);
    expect(await goesOn()).toBeUndefined();
  });
});
