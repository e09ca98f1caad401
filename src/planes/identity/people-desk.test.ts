import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Task } from '#contracts/task-book.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { nothingDiffers } from '../../../test/fakes/kept-rights.ts';
import { FakePeopleBook } from '../../../test/fakes/fake-people-book.ts';
import { createPeopleDesk, type PeopleDesk } from './index.ts';

let clock: ManualClock;
let log: FakeLog;
let people: FakePeopleBook;
let desk: PeopleDesk;
let snapshot: Snapshot | undefined;
let open: Task[];
let signedOut: string[];

const link = 'L'.repeat(22);
const ann: Person = { tenant: 'main', name: 'ann', roles: ['admin'] };

beforeEach(async () => {
  clock = new ManualClock();
  log = new FakeLog(clock);
  people = new FakePeopleBook();
  snapshot = undefined;
  open = [];
  signedOut = [];
  desk = createPeopleDesk({
    people,
    recorder: log,
    clock,
    systemTenant: 'main',
    snapshot: () => snapshot,
    tasks: { list: async () => open },
    endSignIns: async ({ name }) => void signedOut.push(name),
    keptRights: nothingDiffers,
  });
  const expiresAt = clock.now() + limits.setupLinkMs;
  await people.addSetupLink({ digest: sha256Hex(link), expiresAt });
});

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

const redeem = (with_ = link) => desk.redeemSetupLink({ link: with_, name: 'ann' });
const add = (over: object = {}) =>
  desk.add({ by: ann, name: 'bob', roles: ['approver'], reason: 'second person', ...over });

describe('the first person', () => {
  it('comes in by the link, once, and is on record before they can act', async () => {
    const { person, credential } = await redeem();
    expect(person).toEqual(ann);
    expect(await people.byCredential(sha256Hex(credential))).toMatchObject(ann);
    expect(log.drafts).toMatchObject([
      { type: 'identity.person-added', actors: [{ name: 'ann' }], details: { roles: ['admin'] } },
    ]);
    expect(JSON.stringify(log.drafts)).not.toContain(credential);
    expect(await codeOf(redeem())).toBe('api/setup-link-invalid');
  });

  it('is nobody when it cannot be recorded, and the link serves again [AUD-05]', async () => {
    log.failing = true;
    expect(await codeOf(redeem())).toBe('audit/unavailable');
    expect(await people.list('main')).toEqual([]);
    log.failing = false;
    expect(await codeOf(redeem())).toBe('done');
  });

  it('is not made by a guess or too late, and neither leaves a record that somebody was added', async () => {
    expect(await codeOf(redeem('x'.repeat(22)))).toBe('api/setup-link-invalid');
    clock.advance(limits.setupLinkMs);
    expect(await codeOf(redeem())).toBe('api/setup-link-invalid');
    expect(log.drafts).toEqual([]);
  });

  it('is one, however many press at once', async () => {
    const codes = await Promise.all([codeOf(redeem()), codeOf(redeem())]);
    expect(codes).toEqual(['done', 'api/setup-link-invalid']);
    expect(log.drafts).toHaveLength(1);
  });

  it('that the book does not take is followed by a record that says so', async () => {
    people.redeemSetupLink = () => Promise.reject(new BailiwickError('store/unavailable'));
    expect(await codeOf(redeem())).toBe('store/unavailable');
    expect(log.drafts.map(({ type }) => type)).toEqual(['identity.person-added', 'act.reconciled']);
  });
});

describe('another person', () => {
  it('is added by an admin, to their own tenant, on record with who and why', async () => {
    const { person } = await add({ by: { ...ann, tenant: 'other' } });
    expect(person).toEqual({ tenant: 'other', name: 'bob', roles: ['approver'] });
    expect(await people.list('main')).toEqual([]);
    expect(log.drafts).toMatchObject([
      {
        type: 'identity.person-added',
        tenant: 'other',
        actors: [{ name: 'ann' }],
        details: { name: 'bob', roles: ['approver'], reason: 'second person' },
      },
    ]);
  });

  it('is not added twice, by nobody but an admin, not without a reason, not off the record', async () => {
    await add();
    log.drafts.length = 0;
    expect(await codeOf(add())).toBe('store/conflict');
    for (const name of ['Bob', 'BOB', 'ｂｏｂ', 'bo\u200bb']) {
      await expect(add({ name }), name).rejects.toMatchObject({
        code: 'store/conflict',
        message: expect.stringContaining('is `bob` in another spelling'),
      });
    }
    expect(await codeOf(add({ by: { ...ann, roles: ['approver'] } }))).toBe('api/forbidden');
    expect(await codeOf(add({ reason: '' }))).toBe('api/reason-required');
    log.failing = true;
    expect(await codeOf(add({ name: 'cid' }))).toBe('audit/unavailable');
    expect(log.drafts).toEqual([]);
    expect((await people.list('main')).map(({ name }) => name)).toEqual(['bob']);
  });
});

describe('an admin who lost their credential', () => {
  const digest = sha256Hex('a new one');
  const renew = (name?: string) => desk.renew({ name, credentialDigest: digest, uid: 1000 });

  it('gets another by the folder of the keys, on record with the user id, and the one before is worth nothing', async () => {
    const { credential } = await redeem();
    log.drafts.length = 0;
    expect(await renew()).toEqual(ann);
    expect(await people.byCredential(sha256Hex(credential))).toBeUndefined();
    expect(await people.byCredential(digest)).toMatchObject(ann);
    expect(log.drafts).toMatchObject([
      {
        type: 'identity.credential-renewed',
        actors: [{ kind: 'system', name: 'system/keys' }],
        details: { name: 'ann', roles: ['admin'], uid: 1000 },
      },
    ]);
  });

  it('is named where there are several, is no approver, and gets nothing off the record', async () => {
    expect(await codeOf(renew())).toBe('api/not-found');
    const { credential } = await redeem();
    await add();
    expect(await codeOf(renew('bob'))).toBe('api/not-found');
    await add({ name: 'cid', roles: ['admin'] });
    expect(await codeOf(renew())).toBe('api/not-found');
    log.failing = true;
    expect(await codeOf(renew('ann'))).toBe('audit/unavailable');
    expect(await people.byCredential(sha256Hex(credential))).toMatchObject(ann);
    log.failing = false;
    expect(await codeOf(renew('cid'))).toBe('done');
    expect(await people.byCredential(sha256Hex(credential))).toMatchObject(ann);
  });
});

describe('what a person may', () => {
  const set = (roles: readonly Role[], over: object = {}) =>
    desk.setRoles({ by: ann, name: 'bob', roles, reason: 'moved', ...over });
  const held = async () => (await people.list('main')).map(({ name, roles }) => [name, ...roles]);

  beforeEach(async () => {
    await redeem();
    await add();
    log.drafts.length = 0;
  });

  it('is changed by an admin with a reason; what is gained is on record first [IDN-19]', async () => {
    expect(await set(['auditor', 'operator'])).toMatchObject({ name: 'bob' });
    expect(log.drafts).toMatchObject([
      {
        type: 'identity.person-changed',
        actors: [{ name: 'ann' }],
        details: { name: 'bob', roles: ['auditor', 'operator'], before: ['approver'] },
      },
    ]);
    log.failing = true;
    expect(await codeOf(set(['admin']))).toBe('audit/unavailable');
    expect(await held()).toContainEqual(['bob', 'auditor', 'operator']);
    expect(await codeOf(set(['admin'], { by: { ...ann, roles: ['operator'] } }))).toBe(
      'api/forbidden',
    );
    expect(await codeOf(set(['admin'], { reason: ' ' }))).toBe('api/reason-required');
    expect(await codeOf(set([]))).toBe('api/invalid');
    expect(await codeOf(set(['king' as Role]))).toBe('api/invalid');
    expect(await codeOf(set(['admin'], { name: 'nobody' }))).toBe('api/not-found');
  });

  it('is less at once, also while nothing can be recorded, and that is owed', async () => {
    await set(['approver', 'operator']);
    log.failing = true;
    await set(['approver']);
    expect(await held()).toContainEqual(['bob', 'approver']);
    expect(people.owed).toMatchObject([
      { kind: 'record', body: { type: 'identity.person-changed', details: { name: 'bob' } } },
    ]);
  });

  it('leaves somebody an admin, whoever asks', async () => {
    expect(await codeOf(set(['auditor'], { name: 'ann' }))).toBe('api/last-admin');
    expect(await codeOf(desk.remove({ by: ann, name: 'ann', reason: 'x' }))).toBe('api/last-admin');
    await set(['admin']);
    expect(await codeOf(set(['auditor'], { name: 'ann' }))).toBe('done');
    expect(await held()).toContainEqual(['ann', 'auditor']);
  });
});

describe('a person who is removed', () => {
  it('is nobody at once, also off the record, and what is theirs is told [IDN-19]', async () => {
    await redeem();
    const { credential } = await add();
    const agents = {
      worker: { name: 'worker', owner: 'bob' },
      other: { name: 'other', owner: 'x' },
    };
    snapshot = { tenants: { main: { agents } } } as unknown as Snapshot;
    open = [
      { id: 't1', begun: { by: 'bob' } },
      { id: 't2', begun: { by: 'ann' } },
    ] as unknown as Task[];
    const remove = (by: Person) => desk.remove({ by, name: 'bob', reason: 'left' });
    expect(await codeOf(remove({ ...ann, roles: ['operator', 'approver'] }))).toBe('api/forbidden');
    log.failing = true;
    expect(await remove(ann)).toMatchObject({ agents: ['worker'], tasks: ['t1'] });
    expect(signedOut).toEqual(['bob']);
    expect(await people.byCredential(sha256Hex(credential))).toBeUndefined();
    expect(people.owed).toMatchObject([
      { body: { type: 'identity.person-removed', details: { name: 'bob', agents: ['worker'] } } },
    ]);
    expect(await codeOf(remove(ann))).toBe('api/not-found');
  });
});
