import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { codeOf, ExchangeWorld } from '../../../test/fakes/exchange-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { tokenTypes } from './exchange-parts.ts';

let folder: string;
let world: ExchangeWorld;
let desk: TestInstance;

const prompts = ['read', 'draft', 'wire', 'close'];
const policy = { agent: 'desk', provider: 'acme', groups: ['support'], effects: ['read', 'write'] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-exchange-'));
  world = new ExchangeWorld(folder);
  await world.start();
  desk = await world.agent('desk', ['read', 'draft', 'wire']);
  const targets = ['prompt:crm/read', 'prompt:crm/draft', 'prompt:crm/close'];
  await world.put(
    ['Entitlement', 'support', { groups: ['support'], targets, sensitivity: 'sensitive' }],
    ['Exchange', 'desk-acme', policy],
  );
});

afterEach(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('an agent that exchanges the token of a user', () => {
  it('acts for that user: user as subject, agent as actor, with the rights of both [IDN-03] [SYS-016] [SYS-017]', async () => {
    const given = await world.forUser(desk);
    expect(given).toMatchObject({
      issuedTokenType: tokenTypes.access,
      tokenType: 'DPoP',
      effects: ['read', 'write'],
    });
    const claims = JSON.parse(
      Buffer.from(given.accessToken.split('.')[1] ?? '', 'base64url').toString(),
    );
    const { instance } = desk.enrolled;
    expect(claims).toMatchObject({ sub: 'ada', act: { sub: `agent:main/desk/${instance}` } });
    expect(await world.principal(desk, given.accessToken)).toMatchObject({
      agent: 'desk',
      user: { subject: 'ada', issuer: 'https://idp.example', groups: ['support'] },
    });
    expect(await world.may(desk, given.accessToken, prompts)).toEqual(['read', 'draft']);
  });

  it('is on record with user and agent before the token leaves [IDN-03]', async () => {
    await world.forUser(desk);
    const begun = world.records.find(({ type }) => type === 'delegation.begun');
    expect(begun?.actors.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'human ada',
      'agent desk',
    ]);
    expect(begun?.details).toMatchObject({
      consent: expect.stringMatching(/^exchange:desk-acme@/),
    });
    world.failing = true;
    expect(await codeOf(world.forUser(desk))).toBe('audit/unavailable');
  });

  it.each([
    ['no document', ['Exchange', 'desk-acme'] as const],
    ['a document about another agent', about({ agent: 'other' })],
    ['a document about another provider', about({ provider: 'globex' })],
    ['a document about another group', about({ groups: ['sales'] })],
    ['a document about other clients', about({ clients: ['portal'] })],
    ['a document about assertions', about({ uses: ['id-jag'] })],
  ])('is refused with %s, on record with whom it was for', async (_what, document) => {
    await world.agent('other', ['read']);
    await world.put(document);
    expect(await codeOf(world.forUser(desk))).toBe('identity/exchange-not-allowed');
    expect(world.refusals().at(-1)).toMatchObject({
      actors: [
        { kind: 'human', name: 'ada' },
        { name: 'desk', key: desk.key.thumbprint },
      ],
      refusal: { code: 'identity/exchange-not-allowed' },
      details: { exchange: 'token', provider: 'acme' },
    });
  });

  it('is let by a document about everybody, or about the client that the token was given to', async () => {
    await world.put(about({ groups: [], everyone: true, clients: ['portal'] }));
    expect(await codeOf(world.forUser(desk, { client: 'portal', groups: [] }))).toBe('granted');
    expect(await codeOf(world.forUser(desk, { client: 'other' }))).toBe(
      'identity/exchange-not-allowed',
    );
  });

  it('has the token go along where a document says so, sealed for this user and this agent alone [SYS-017]', async () => {
    const legOf = async (accessToken: string) => {
      const found = await world.principal(desk, accessToken);
      if (typeof found === 'string') throw new Error(found);
      return found;
    };
    const plain = await legOf((await world.forUser(desk)).accessToken);
    expect(plain.delegation).not.toHaveProperty('carried');
    await world.put(about({ carries: true }));
    const token = world.users.make();
    const { accessToken } = await world.exchange(desk, token, { subjectTokenType: tokenTypes.id });
    const { delegation, instance, tenant } = await legOf(accessToken);
    const sealed = delegation?.carried ?? '';
    expect(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).not.toContain(
      token,
    );
    const of = { tenant, instance, issuer: 'https://idp.example', subject: 'ada' };
    const own = { type: tokenTypes.id, token };
    expect(world.carried.open(of, sealed)).toEqual(own);
    for (const other of [
      { ...of, subject: 'bob' },
      { ...of, issuer: 'https://other.example' },
      { ...of, instance: 'i2' },
      { ...of, tenant: 'other' },
    ]) {
      expect(world.carried.open(other, sealed)).toBeUndefined();
    }
    // What is had of our own token is less in every way.
    const less = await world.exchange(desk, accessToken, { effects: ['read'] });
    expect((await legOf(less.accessToken)).delegation).not.toHaveProperty('carried');
  });

  it('has no token go along that is longer than the bound (carriedTokenBytes)', async () => {
    await world.put(about({ carries: true }));
    const ofBytes = (bytes: number) => {
      const made = world.users.make({ claims: { pad: '' } }).length;
      const pad = 'x'.repeat(Math.floor(((bytes - made) * 3) / 4));
      return world.users.make({ claims: { pad } });
    };
    const fits = ofBytes(limits.carriedTokenBytes - 8);
    expect(fits.length).toBeLessThanOrEqual(limits.carriedTokenBytes);
    expect(await codeOf(world.exchange(desk, fits))).toBe('granted');
    const long = ofBytes(limits.carriedTokenBytes + 8);
    expect(await codeOf(world.exchange(desk, long))).toBe('identity/invalid-subject-token');
  });

  it('has no more effects than document and request both say', async () => {
    const { effects } = await world.forUser(desk, {}, { effects: ['read', 'delete'] });
    expect(effects).toEqual(['read']);
    const none = world.forUser(desk, {}, { effects: ['delete'] });
    expect(await codeOf(none)).toBe('identity/not-consented');
    await world.put(['Exchange', 'more', { ...policy, effects: ['delete'] }]);
    expect((await world.forUser(desk, {}, { effects: ['delete'] })).effects).toEqual(['delete']);
  });

  it('acts no longer than the token, the document and one access token say', async () => {
    const short = await world.forUser(desk, { lifeMs: 60_000 });
    expect(short.expiresIn).toBe(60);
    expect((await world.forUser(desk, { lifeMs: 1_000_000_000 })).expiresIn).toBe(900);
    const all = await world.store.delegations.list({ tenant: 'main', limit: 9 });
    expect(Math.max(...all.map(({ until }) => until))).toBe(world.clock.now() + limits.exchangeMs);
    await world.put(about({ maxMinutes: 2 }));
    expect((await world.forUser(desk)).expiresIn).toBe(120);
  });

  it('has one sign-in for one session at the provider, and one task for its work', async () => {
    const token = world.users.make({ sid: 'sid-1' });
    await world.exchange(desk, token);
    await world.exchange(desk, token);
    await world.forUser(desk, { sid: 'sid-1', lifeMs: 300_000 });
    expect(world.sessions.all).toHaveLength(1);
    expect(world.sessions.all[0]).toMatchObject({
      by: 'exchange',
      providerSession: 'sid-1',
      roles: [],
    });
    expect(await world.store.delegations.list({ tenant: 'main', limit: 9 })).toHaveLength(1);
    // Another one begins when the user is a member of other groups by now.
    await world.forUser(desk, { sid: 'sid-1', groups: ['support', 'sales'] });
    expect(world.sessions.all).toHaveLength(2);
  });

  it('begins no sign-in anew that was ended', async () => {
    const token = world.users.make({ sid: 'sid-1' });
    await world.exchange(desk, token);
    world.sessions.end('s1');
    expect(await codeOf(world.exchange(desk, token))).toBe('identity/delegation-ended');
  });

  it('goes on with the sign-in that an earlier life began, and never begins an ended one anew', async () => {
    const token = world.users.make({ sid: 'browser-1' });
    await world.exchange(desk, token);
    await world.stop();
    await world.start();
    expect(await codeOf(world.exchange(desk, token))).toBe('granted');
    expect(world.sessions.all).toHaveLength(1);
    world.sessions.end('s1');
    await world.stop();
    await world.start();
    expect(await codeOf(world.exchange(desk, token))).toBe('identity/delegation-ended');
    expect(world.sessions.all).toHaveLength(1);
  });

  it('stands after a restart on no other token’s sign-in when it names no session', async () => {
    const token = world.users.make({ jti: 'one' });
    await world.exchange(desk, token);
    await world.forUser(desk, { jti: 'two' });
    world.sessions.end('s1');
    await world.stop();
    await world.start();
    expect(await codeOf(world.exchange(desk, token))).toBe('identity/delegation-ended');
    expect(world.sessions.all).toHaveLength(2);
  });

  it('loses it all when the document changes or goes [IDN-03]', async () => {
    const { accessToken } = await world.forUser(desk);
    await world.put(about({ effects: ['read'] }));
    expect(await world.principal(desk, accessToken)).toBe('identity/delegation-ended');
    const other = await world.forUser(desk);
    await world.put(['Exchange', 'desk-acme']);
    expect(await world.principal(desk, other.accessToken)).toBe('identity/delegation-ended');
  });

  it('is refused a token that nobody knows, and one that is too long', async () => {
    expect(await codeOf(world.exchange(desk, 'x.y.z'))).toBe('identity/invalid-subject-token');
    const atBound = 'x'.repeat(limits.subjectTokenBytes);
    expect(await codeOf(world.exchange(desk, atBound))).toBe('identity/invalid-subject-token');
    await expect(world.exchange(desk, `${atBound}x`)).rejects.toThrow('too long');
    expect(world.refusals()).toHaveLength(3);
    expect(JSON.stringify(world.records)).not.toContain('xxxxxxxx');
  });

  it('is refused for a target that is not ours [SYS-016]', async () => {
    expect(await codeOf(world.forUser(desk, {}, { targets: ['https://control.example'] }))).toBe(
      'granted',
    );
    const elsewhere = { targets: ['https://elsewhere.example'] };
    expect(await codeOf(world.forUser(desk, {}, elsewhere))).toBe('oauth/invalid-target');
  });

  it.each([
    [{ subjectTokenType: 'urn:ietf:params:oauth:token-type:saml2' }],
    [{ requestedTokenType: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    [{ actorToken: 'x' }],
    [{ actorTokenType: tokenTypes.access }],
    [{ actorToken: 'x', actorTokenType: tokenTypes.access }],
    [{ intent: 'x'.repeat(limits.intentBytes + 1) }],
  ])('is refused what is not served: %o', async (fields) => {
    expect(await codeOf(world.forUser(desk, {}, fields))).toBe('identity/invalid-exchange');
  });

  it('names itself as actor, and nobody else [SYS-016]', async () => {
    const actorTokenType = tokenTypes.access;
    const own = { actorToken: await world.ownToken(desk), actorTokenType };
    expect(await codeOf(world.forUser(desk, {}, own))).toBe('granted');
    const other = await world.ownToken(await world.agent('other', ['read']));
    const foreign = { actorToken: other, actorTokenType };
    expect(await codeOf(world.forUser(desk, {}, foreign))).toBe('identity/invalid-exchange');
  });

  it('honours whom the token itself lets act (`may_act`) [SYS-016]', async () => {
    const may = (mayAct: unknown) => codeOf(world.forUser(desk, { claims: { may_act: mayAct } }));
    expect(await may({ sub: 'agent:main/desk' })).toBe('granted');
    expect(await may({ sub: `agent:main/desk/${desk.enrolled.instance}` })).toBe('granted');
    expect(await may({ sub: 'agent:main/other' })).toBe('identity/invalid-subject-token');
    expect(await may({})).toBe('identity/invalid-subject-token');
    expect(await may('agent:main/desk')).toBe('identity/invalid-subject-token');
    await world.put(about({ clients: ['desk-at-acme'] }));
    const named = { client: 'desk-at-acme', claims: { may_act: { sub: 'desk-at-acme' } } };
    expect(await codeOf(world.forUser(desk, named))).toBe('granted');
  });
});

describe('a task that is begun with an exchange', () => {
  const scope = { targets: ['prompt:crm/draft', 'prompt:crm/wire'], effects: ['write'] };

  it('is what user, agent and task all may, whatever each of them lets [IDN-03]', async () => {
    const given = await world.forUser(desk, {}, { scope, intent: 'answer the ticket' });
    expect(await world.may(desk, given.accessToken, prompts)).toEqual(['draft']);
    expect(await world.principal(desk, given.accessToken)).toMatchObject({
      scope: { effects: ['write'] },
    });
    // The user's words are sealed, and no record has them.
    expect(world.sealed).toEqual(['answer the ticket']);
    expect(world.sealedFor).toEqual(['ada']);
    expect(JSON.stringify(world.records)).not.toContain('answer the ticket');
  });

  it('holds for any user, agent and task: the truth table [IDN-03]', async () => {
    for (const user of [true, false]) {
      for (const agent of [true, false]) {
        for (const task of [true, false]) {
          await world.put(
            ['Manifest', 'desk', manifestOf(agent ? 'draft' : 'read')],
            [
              'Entitlement',
              'support',
              { groups: ['support'], ...manifestOf(user ? 'draft' : 'read') },
            ],
          );
          const narrowed = { scope: { targets: [`prompt:crm/${task ? 'draft' : 'read'}`] } };
          const given = await world.forUser(desk, {}, narrowed);
          const may = await world.may(desk, given.accessToken, ['draft']);
          expect([user, agent, task, may.length === 1]).toEqual([
            user,
            agent,
            task,
            user && agent && task,
          ]);
        }
      }
    }
  });
});

describe('an agent that brings back what it has of a user', () => {
  it('gets less of it, and never more [SYS-016]', async () => {
    const { accessToken } = await world.forUser(desk);
    const less = await world.exchange(desk, accessToken, { effects: ['read'] });
    expect(less.effects).toEqual(['read']);
    const more = await world.exchange(desk, less.accessToken, { effects: ['read', 'write'] });
    expect(more.effects).toEqual(['read']);
    const none = world.exchange(desk, less.accessToken, { effects: ['write'] });
    expect(await codeOf(none)).toBe('identity/not-consented');
  });

  it('gets nothing for one that was given back, and hands nothing on by it', async () => {
    const { accessToken } = await world.forUser(desk);
    const own = world.enrolment.own.readAccess(accessToken, world.clock.now());
    const of = await world.delegations.get('main', own?.delegated?.id ?? '');
    if (own === undefined || of === undefined) throw new Error('no token');
    const { token, expiresAt } = own;
    await world.delegations.withdrawToken({
      of,
      token,
      expiresAt,
      by: 'system/oauth',
      reason: 'x',
    });
    const again = world.exchange(desk, accessToken, { effects: ['read'] });
    expect(await codeOf(again)).toBe('identity/invalid-subject-token');
  });

  it('gets a task inside its task, with its labels, that ends with it [CRD-14]', async () => {
    const scope = { targets: ['prompt:crm/read', 'prompt:crm/draft'] };
    const outer = await world.forUser(desk, {}, { scope });
    const principal = await world.principal(desk, outer.accessToken);
    if (typeof principal === 'string') throw new Error(principal);
    await world.raise(principal.task, 'integrity:untrusted');
    const inner = await world.exchange(desk, outer.accessToken, {
      scope: { targets: ['prompt:crm/draft', 'prompt:crm/close'] },
    });
    expect(await world.may(desk, inner.accessToken, prompts)).toEqual(['draft']);
    const inside = await world.principal(desk, inner.accessToken);
    if (typeof inside === 'string') throw new Error(inside);
    const labels = await world.store.tasks.labels('main', inside.task);
    expect(labels.map(({ label }) => label)).toEqual(['integrity:untrusted']);
    const ground = { kind: 'delegation', id: principal.delegation?.id ?? '' } as const;
    await world.delegations.end({ tenant: 'main', ground, by: 'ada', reason: 'enough' });
    expect(await world.may(desk, inner.accessToken, prompts)).toEqual([]);
    const again = world.exchange(desk, outer.accessToken, { effects: ['read'] });
    expect(await codeOf(again)).toBe('identity/delegation-ended');
  });

  it('gets nothing by the token of another agent, of another instance, or of itself alone', async () => {
    const { accessToken } = await world.forUser(desk);
    const other = await world.agent('other', ['read']);
    expect(await codeOf(world.exchange(other, accessToken))).toBe('identity/invalid-subject-token');
    const sibling = await world.enrol('desk');
    expect(await codeOf(world.exchange(sibling, accessToken))).toBe(
      'identity/invalid-subject-token',
    );
    const own = await world.ownToken(desk);
    expect(await codeOf(world.exchange(desk, own))).toBe('identity/invalid-subject-token');
  });

  it('gets nothing more of a statement that is signed again, once its sign-in was ended', async () => {
    const token = world.users.make();
    await world.exchange(desk, token);
    world.sessions.end('s1');
    const again = world.users.signedAgain(token);
    expect(await codeOf(world.exchange(desk, again))).toBe('identity/delegation-ended');
    await world.stop();
    await world.start();
    expect(await codeOf(world.exchange(desk, again))).toBe('identity/delegation-ended');
  });

  it('gets nothing once its instance was revoked, or its user has signed out', async () => {
    const { accessToken } = await world.forUser(desk);
    world.sessions.end('s1');
    const over = world.exchange(desk, accessToken, { effects: ['read'] });
    expect(await codeOf(over)).toBe('identity/delegation-ended');
    const { accessToken: later } = await world.forUser(desk);
    await world.store.instances.revoke('main', desk.enrolled.instance, world.clock.now());
    const revoked = world.exchange(desk, later, { effects: ['read'] });
    expect(await codeOf(revoked)).toBe('standing/instance-revoked');
  });
});

function about(over: object) {
  return ['Exchange', 'desk-acme', { ...policy, ...over }] as const;
}

function manifestOf(prompt: string) {
  return { targets: [`prompt:crm/${prompt}`], sensitivity: 'sensitive' };
}
