import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Person } from '#kernel/principal.ts';
import { createIdentityWorld, type IdentityWorld } from '../../../test/fakes/identity-world.ts';

let world: IdentityWorld;

beforeEach(async () => {
  world = await createIdentityWorld();
});

const admin: Person = { tenant: 'main', name: 'ada', roles: ['admin'] };

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

const unbound = (by = admin) =>
  world.desk.issueUnboundToken({ by, agent: 'support', reason: 'a demo' });
const revoke = (instance: string, by = admin) =>
  world.desk.revoke({ by, instance, reason: 'lost' });

describe('a token from the desk', () => {
  it.each(['issueJoinToken', 'issueUnboundToken'] as const)(
    '(%s) is on record with its reason before it leaves, and never without a record',
    async (verb) => {
      const ask = { by: admin, agent: 'support', reason: 'new laptop' };
      await world.desk[verb](ask);
      expect(world.records).toMatchObject([
        { actors: [{ kind: 'human', name: 'ada' }], details: { reason: 'new laptop' } },
      ]);
      world.failing = true;
      expect(await codeOf(world.desk[verb](ask))).toBe('audit/unavailable');
      const kept = await world.book.unbound('main');
      expect(kept).toHaveLength(verb === 'issueUnboundToken' ? 1 : 0);
    },
  );

  it('that the book does not take is followed by a record that says so', async () => {
    world.book.addJoinToken = () => Promise.reject(new BailiwickError('store/unavailable'));
    const asked = world.desk.issueJoinToken({ by: admin, agent: 'support' });
    expect(await codeOf(asked)).toBe('store/unavailable');
    expect(world.records.map(({ type }) => type)).toEqual([
      'identity.join-token-issued',
      'act.reconciled',
    ]);
  });

  it('is not for an approver', async () => {
    const by: Person = { ...admin, roles: ['approver'] };
    expect(await codeOf(unbound(by))).toBe('api/forbidden');
    expect(await codeOf(world.desk.issueJoinToken({ by, agent: 'support' }))).toBe('api/forbidden');
    expect(world.records).toEqual([]);
  });
});

describe('an unbound bearer', () => {
  it('can be seen and revoked while it lasts: gateways are told first [IDN-20, IDN-23]', async () => {
    const { instance } = await unbound();
    expect(await world.book.unbound('main')).toMatchObject([
      { instance, agent: 'support', issuedBy: 'ada', revokedAt: undefined },
    ]);
    expect(await revoke(instance)).toMatchObject({ instance, agent: 'support' });
    expect((await world.overlay.current()).entries).toMatchObject([
      {
        target: { kind: 'instance', tenant: 'main', instance },
        why: 'revoke',
        by: 'ada',
        reason: 'lost',
      },
    ]);
    expect(await world.book.unbound('main')).toMatchObject([{ revokedAt: world.clock.now() }]);
    expect(world.overlay.owed.at(-1)?.body).toMatchObject({
      type: 'lifecycle.instance-revoked',
      details: { instance, agent: 'support', binding: 'none', reason: 'lost' },
    });
  });

  it('is forgotten once it has expired, so that the book does not grow for ever', async () => {
    const first = await unbound();
    world.clock.advance(limits.unboundTokenMs);
    const second = await unbound();
    const kept = (await world.book.unbound('main')).map(({ instance }) => instance);
    expect(kept).toEqual([second.instance]);
    expect(await codeOf(revoke(first.instance))).toBe('api/not-found');
  });
});

describe('a revocation', () => {
  it('takes effect although nothing can be recorded and the book fails; its record is owed with it [AUD-05]', async () => {
    const { enrolled } = await world.enrol('support');
    world.failing = true;
    world.book.revoke = () => Promise.reject(new BailiwickError('store/unavailable'));
    expect(await codeOf(revoke(enrolled.instance))).toBe('store/unavailable');
    expect((await world.overlay.current()).entries).toMatchObject([{ why: 'revoke' }]);
    expect(world.overlay.owed).toMatchObject([
      {
        kind: 'record',
        body: {
          type: 'lifecycle.instance-revoked',
          details: { key: enrolled.thumbprint, reason: 'lost' },
        },
      },
    ]);
  });

  it('of an instance that was never issued takes nothing away from anybody', async () => {
    expect(await codeOf(revoke('unbound-nobody'))).toBe('api/not-found');
    expect((await world.overlay.current()).entries).toEqual([]);
    expect(world.records.at(-1)).toMatchObject({ type: 'identity.refused' });
  });

  it('is of the own tenant only [DAT-01]', async () => {
    const { enrolled } = await world.enrol('support');
    const bearer = await unbound();
    const eve: Person = { tenant: 'other', name: 'eve', roles: ['admin'] };
    expect(await codeOf(revoke(enrolled.instance, eve))).toBe('api/not-found');
    expect(await codeOf(revoke(bearer.instance, eve))).toBe('api/not-found');
    expect((await world.overlay.current()).entries).toEqual([]);
  });

  it('needs an admin and a reason', async () => {
    const { instance } = await unbound();
    const approver: Person = { ...admin, roles: ['approver'] };
    expect(await codeOf(revoke(instance, approver))).toBe('api/forbidden');
    const blank = world.desk.revoke({ by: admin, instance, reason: ' ' });
    expect(await codeOf(blank)).toBe('api/reason-required');
    expect((await world.overlay.current()).entries).toEqual([]);
  });
});
