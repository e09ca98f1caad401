import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApprovalRuleEntry, excludable, type Excluded } from '#contracts/approval-rules.ts';
import type { Store } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Approval, callDigestOf } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  type ApprovalDesk,
  approvalRuleKind,
  judgeYeses,
  shownDigestOf,
} from '#planes/approvals/index.ts';
import { openKeptOverrides } from '#storage/ratchet/index.ts';
import { createStore } from '#storage/sql/store.ts';
import { openSqliteDatabase } from '#storage/sqlite/database.ts';
import { approvalBinding, askedContext, sealKeys } from '../../../test/fakes/approval-asks.ts';
import { approvalDesk, judgedGrants } from './yeses.ts';

let folder = '';
let clock: ManualClock;
let database: Awaited<ReturnType<typeof openSqliteDatabase>>;
let store: Store;
let desk: ApprovalDesk;
let records: RecordDraft[];
let rules: ApprovalRuleEntry[];
let asked = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-yeses-'));
  clock = new ManualClock();
  database = await openSqliteDatabase({ folder });
  const judged = judgedGrants(
    createStore(database, clock),
    { keys: sealKeys, overrides: openKeptOverrides(join(folder, 'ratchet'), clock) },
    clock,
  );
  store = judged.store;
  rules = [];
  judged.yeses.judgeBy(() => inForce());
  records = [];
  const recorder = {
    record: async (draft: RecordDraft) => {
      // A disk takes its time.
      clock.advance(7);
      records.push(draft);
    },
    owe: async () => undefined,
  };
  desk = approvalDesk({ store, clock, recorder, log: { tenants: sealKeys }, yeses: judged.yeses });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function inForce(): Snapshot {
  const approvalRules = Object.fromEntries(rules.map((one) => [one.name, one]));
  const agents = {
    'refund-bot': { owner: 'olga' },
    planner: { owner: 'pete' },
    scout: { owner: 'sue' },
  };
  return { tenants: { main: { agents, approvalRules } } } as unknown as Snapshot;
}

/** As a document says it. */
function rule(spec: object, name = 'rule'): ApprovalRuleEntry {
  const read = approvalRuleKind.parse(name, { ...spec });
  if (read.kind === 'problems') throw new Error(read.problems.map((one) => one.message).join());
  return read.entry;
}

async function held(over: { readonly approvalClass?: string } = {}): Promise<Approval> {
  asked += 1;
  const user = 'subject-of-ute';
  const binding = approvalBinding({ session: `session-${asked}`, user, ...over });
  const now = clock.now();
  return store.grants.request({
    binding,
    callDigest: callDigestOf(binding),
    context: askedContext(binding, `call-${asked}`, { person: 'ute', task: 'task-1' }),
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: 1_000,
  });
}

async function known(name: string, ...roles: readonly Role[]): Promise<Person> {
  const person = {
    tenant: 'main',
    name,
    roles: roles.length === 0 ? (['approver'] as const) : roles,
  };
  const add = { person, credentialDigest: `digest of ${name}`, now: clock.now() };
  await store.people.addPerson(add);
  return person;
}

async function yes(approval: Approval, by: Person): Promise<string> {
  const shown = shownDigestOf(approval);
  return desk.decide({ id: approval.id, by, verdict: 'approve', reason: 'looked at', shown }).then(
    ({ state }) => state,
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

async function spent({ id, callDigest }: Approval): Promise<string> {
  const spend = { tenant: 'main', id, callDigest, by: 'gateway-1', now: clock.now() };
  const result = await store.grants.consume(spend);
  return result.kind === 'refused' ? result.why : result.kind;
}

async function begunBy(name: string, over: object = {}): Promise<void> {
  const now = clock.now();
  const of = { id: 'task-1', agent: 'refund-bot', kind: 'begun', ...over };
  await database.tenant('main', (tx) =>
    tx.run(
      `INSERT INTO tasks (tenant, id, agent, owner, kind, instance, begun_at, begun)
        VALUES ('main', $3, $4, 'olga', $5, 'refund-bot-1', $1, $2)`,
      [now, JSON.stringify({ by: name, reason: 'x' }), of.id, of.agent, of.kind],
    ),
  );
}

/** What rita began came here from planner, through scout. */
async function handedOn(): Promise<void> {
  await begunBy('rita', { id: 'task-0', agent: 'planner' });
  await begunBy('agent:main/planner', { kind: 'delegated' });
  const hops = ['planner', 'scout'].map((agent) => ({ agent, instance: `${agent}-1` }));
  await store.delegations.begin({
    tenant: 'main',
    id: 'd-1',
    user: undefined,
    consent: 'document',
    client: undefined,
    agent: 'refund-bot',
    instance: 'refund-bot-1',
    hops,
    parent: undefined,
    task: 'task-1',
    root: 'task-0',
    effects: ['write'],
    isScoped: false,
    thumbprint: undefined,
    begunAt: clock.now(),
    until: clock.now() + 60_000,
  });
}

const subsets = Array.from({ length: 2 ** excludable.length }, (_, bits) =>
  excludable.filter((_one, at) => (bits >> at) % 2 === 1),
);

describe('separation of duties', () => {
  it('holds for every set of the excluded, every person and every quorum: the matrix [APR-17]', async () => {
    await begunBy('rita');
    const affected: Readonly<Record<string, Excluded | undefined>> = {
      rita: 'requester',
      RITA: 'requester',
      ute: 'user',
      'subject-of-ute': 'user',
      olga: 'owner',
      Olga: 'owner',
      ann: undefined,
    };
    const others = [await known('bob'), await known('carl')];
    const people = [];
    for (const name of Object.keys(affected)) people.push(await known(name));
    const wrong: string[] = [];
    for (const exclude of subsets) {
      for (const quorum of [1, 2, 3]) {
        if (exclude.length === 0 && quorum === 1) continue;
        rules = [rule({ exclude, quorum })];
        for (const person of people) {
          const approval = await held();
          const why = affected[person.name];
          const isOut = why !== undefined && exclude.includes(why);
          const first = quorum === 1 ? 'approved' : 'pending';
          const said = await yes(approval, person);
          if (said !== (isOut ? 'approvals/not-yours' : first))
            wrong.push(`${person.name} ${said}`);
          const needed = isOut ? quorum : quorum - 1;
          for (const other of others.slice(0, needed)) {
            if ((await spent(approval)) !== 'pending')
              wrong.push(`spent too early ${exclude.join()}`);
            await yes(approval, other);
          }
          const enough = needed <= others.length ? 'consumed' : 'pending';
          const end = await spent(approval);
          if (end !== enough) wrong.push(`${person.name} ${exclude.join()} ${quorum}: ${end}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('stays with work that is handed on: nobody who began it and no owner on its way says yes [APR-17]', async () => {
    await handedOn();
    const approvers = { rita: 'requester', pete: 'owner', sue: 'owner', olga: 'owner' } as const;
    const ann = await known('ann');
    for (const [name, why] of Object.entries(approvers)) {
      const person = await known(name);
      for (const exclude of excludable) {
        rules = [rule({ exclude: [exclude] })];
        const said = await yes(await held(), person);
        expect([name, exclude, said]).toEqual([
          name,
          exclude,
          exclude === why ? 'approvals/not-yours' : 'approved',
        ]);
      }
    }
    rules = [rule({ exclude: ['requester', 'owner'] })];
    const approval = await held();
    expect(await yes(approval, ann)).toBe('approved');
    expect(await spent(approval)).toBe('consumed');
  });

  it.each(['DELETE FROM delegations', "DELETE FROM tasks WHERE id = 'task-0'"])(
    'takes no yes where nobody knows whose work was handed on (%s) [APR-17]',
    async (edit) => {
      await handedOn();
      await database.tenant('main', (tx) => tx.run(edit, []));
      rules = [rule({ exclude: ['requester'] })];
      expect(await yes(await held(), await known('ann'))).toBe('approvals/unavailable');
    },
  );

  it('holds for each of the classes that are asked together [APR-17]', async () => {
    const [ann, bob] = [await known('ann'), await known('bob')];
    rules = [rule({ quorum: 2, approvalClass: 'money' }, 'money')];
    const both = await held({ approvalClass: 'money+write' });
    expect(await yes(both, ann)).toBe('pending');
    expect(await yes(both, bob)).toBe('approved');
    expect(await yes(await held({ approvalClass: 'moneys+write' }), ann)).toBe('approved');
  });

  it('counts distinct people, puts each yes on record, and a no ends it [APR-17, APR-05]', async () => {
    const [ann, bob] = [await known('ann'), await known('bob')];
    rules = [rule({ quorum: 2, approvalClass: 'money' }, 'money')];
    const approval = await held({ approvalClass: 'money' });
    expect(await yes(approval, ann)).toBe('pending');
    expect(await yes(approval, ann)).toBe('approvals/agreed');
    expect(await yes(approval, bob)).toBe('approved');
    expect(
      records.map(({ type, approval: of, details }) => [type, of?.by, details?.['yes']]),
    ).toEqual([
      ['approval.agreed', 'ann', 1],
      ['approval.approved', 'bob', 2],
    ]);
    // How long the grant lasts is said where it begins [APR-05].
    expect(records.map(({ details }) => details?.['grantMs'])).toEqual([undefined, limits.grantMs]);
    const other = await held({ approvalClass: 'money' });
    await yes(other, ann);
    await desk.decide({ id: other.id, by: bob, verdict: 'reject', reason: 'no' });
    expect(await spent(other)).toBe('rejected');
    // What the document does not name takes one.
    expect(await yes(await held(), ann)).toBe('approved');
  });

  it('is not made by adding people after the question, nor by adding one of them anew [APR-17]', async () => {
    const [ann, cid] = [await known('ann', 'admin'), await known('cid')];
    rules = [rule({ quorum: 2 })];
    const approval = await held();
    clock.advance(1);
    const bob = await known('bob');
    await store.people.removePerson({ tenant: 'main', name: 'cid' });
    await known('cid');
    expect(await yes(approval, ann)).toBe('pending');
    for (const person of [bob, cid, { ...bob, name: 'Bob' }])
      expect(await yes(approval, person), person.name).toBe('approvals/not-yours');
    expect(await spent(approval)).toBe('pending');
    // Asked anew they are no newer than the question; and where no document asks for more, one is enough.
    const later = await held();
    expect([await yes(later, ann), await yes(later, bob)]).toEqual(['pending', 'approved']);
    rules = [];
    expect(await yes(approval, bob)).toBe('approved');
  });

  it('lets nobody but whom a document names decide: by role, and by name [APR-17]', async () => {
    const [ann, bob] = [await known('ann'), await known('bob', 'admin')];
    rules = [rule({ roles: ['admin'] }, 'admins'), rule({ people: ['bob', 'eve'] }, 'two')];
    const approval = await held();
    expect(await yes(approval, ann)).toBe('approvals/not-yours');
    expect(await yes(approval, { ...bob, name: 'carl' })).toBe('approvals/not-yours');
    expect(await yes(approval, bob)).toBe('approved');
    expect(await spent(approval)).toBe('consumed');
  });
});

describe('a yes before it is spent', () => {
  it.each(['removed', 'without the role'] as const)(
    'counts no more once whoever gave it is %s, and the call is asked about anew [APR-17]',
    async (how) => {
      const [ann, bob] = [await known('ann'), await known('bob', 'admin')];
      await known('root', 'admin');
      rules = [rule({ quorum: 2 })];
      const approval = await held();
      await yes(approval, ann);
      await yes(approval, bob);
      const of = { tenant: 'main', name: 'ann' };
      await (how === 'removed'
        ? store.people.removePerson(of)
        : store.people.setRoles({ ...of, roles: ['auditor'], eligible: [] }));
      expect(await spent(approval)).toBe('void');
      expect((await store.grants.byId('main', approval.id))?.state).toBe('void');
      const owed = await store.outbox.due(10);
      expect(JSON.stringify(owed)).toContain('yes-gone');
    },
  );

  it('of somebody who was added anew after their yes counts no more [APR-17]', async () => {
    const [ann, bob] = [await known('ann', 'admin'), await known('bob')];
    rules = [rule({ quorum: 2 })];
    const approval = await held();
    expect([await yes(approval, ann), await yes(approval, bob)]).toEqual(['pending', 'approved']);
    await store.people.removePerson({ tenant: 'main', name: 'bob' });
    await known('bob');
    expect(await spent(approval)).toBe('void');
  });

  it('of a role that was taken for a time counts while that lasts [APR-17]', async () => {
    await known('root', 'admin');
    const ann = await known('ann', 'auditor');
    await store.people.setRoles({
      tenant: 'main',
      name: 'ann',
      roles: ['auditor'],
      eligible: ['approver'],
    });
    const taken = {
      role: 'approver',
      reason: 'x',
      at: clock.now(),
      until: clock.now() + 60_000,
    } as const;
    await store.people.elevate({ ...taken, tenant: 'main', name: 'ann' });
    const approver = { ...ann, roles: ['approver', 'auditor'] as const };
    const [one, other] = [await held(), await held()];
    expect([await yes(one, approver), await yes(other, approver)]).toEqual([
      'approved',
      'approved',
    ]);
    expect(await spent(one)).toBe('consumed');
    clock.advance(60_001);
    expect(await spent(other)).toBe('void');
  });

  it('is asked for again where a document asks for more by now [APR-17]', async () => {
    const ann = await known('ann');
    const approval = await held();
    await yes(approval, ann);
    rules = [rule({ quorum: 2 })];
    expect(await spent(approval)).toBe('void');
  });
});

describe('an edited store', () => {
  const edit = (sql: string, ...values: readonly string[]) =>
    database.tenant('main', (tx) => tx.run(`UPDATE approvals SET ${sql}`, [...values]));

  it('is of what its giver was shown: a call that is called something else since has none [APR-17]', async () => {
    rules = [rule({ effects: ['write'], quorum: 2 })];
    const one = await held();
    expect(await yes(one, await known('ann'))).toBe('pending');
    const { seal: _, ...context } = one.context;
    const tamer = JSON.stringify({ ...context, effectClass: 'read' });
    const until = String(clock.now() + limits.grantMs / 2);
    await database.tenant('main', (tx) =>
      tx.run(
        `UPDATE approvals SET context = $2, state = 'approved', grant_expires_at = $3 WHERE id = $1`,
        [one.id, tamer, until],
      ),
    );
    expect(await spent(one)).toBe('void');
  });

  it('spends nothing that it did not judge, also where it is approved between the look and the act [APR-17]', async () => {
    const one = await held();
    const until = clock.now() + limits.grantMs / 2;
    const plain = createStore(database, clock).grants;
    const racing = judgeYeses(
      {
        ...plain,
        async byId(tenant, id) {
          const seen = await plain.byId(tenant, id);
          await edit(`state = 'approved', grant_expires_at = $1`, String(until));
          return seen;
        },
      },
      { problem: async () => 'not-sealed' },
    );
    const spend = { tenant: 'main', id: one.id, callDigest: one.callDigest, by: 'gateway-1' };
    const first = await racing.consume({ ...spend, now: clock.now() });
    expect(first.kind).toBe('refused');
    expect((await plain.byId('main', one.id))?.state).toBe('approved');
  });

  it('adds no yes: not by the state, by a name, by a copy, by a time or by another call [APR-17]', async () => {
    const [ann, bob] = [await known('ann'), await known('bob')];
    const until = String(clock.now() + 60_000);
    const nobody = await held();
    await edit(`state = 'approved', decided_by = 'ann', grant_expires_at = $1`, until);
    expect(await spent(nobody)).toBe('void');

    rules = [rule({ quorum: 2 })];
    const approval = await held();
    await yes(approval, ann);
    const [one] = (await store.grants.byId('main', approval.id))?.yeses ?? [];
    const forged = [
      [one, one],
      [one, { ...one, by: 'bob' }],
      [one, { ...one, by: 'ANN' }],
    ];
    for (const yeses of forged) {
      await edit(
        `state = 'approved', yeses = $1, grant_expires_at = $2`,
        JSON.stringify(yeses),
        until,
      );
      expect(await spent(approval)).toBe('void');
    }

    const other = await held();
    await edit(`yeses = $1`, JSON.stringify([one]));
    expect(await yes(other, bob)).toBe('pending');

    rules = [];
    const late = await held();
    await yes(late, ann);
    await edit('grant_expires_at = $1', String(clock.now() + 2 * limits.grantMs));
    expect(await spent(late)).toBe('void');
  });
});

describe('an ApprovalRule', () => {
  it.each([
    [{}],
    [{ quorum: 1 }],
    [{ quorum: 9 }],
    [{ quorum: 3, people: ['ann', 'ann', 'bob'] }],
    [{ exclude: ['agent'] }],
    [{ roles: ['king'] }],
    [{ quorum: 2, more: true }],
  ])('that asks for nothing, or for what nobody can give, is a problem: %j', (spec) => {
    expect(approvalRuleKind.parse('one', spec).kind).toBe('problems');
  });
});
