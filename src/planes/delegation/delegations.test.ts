import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DelegationAsk } from '#contracts/delegations.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { UserLeg } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld } from '../../../test/fakes/control-world.ts';

const ann: UserLeg = { subject: 'ann', issuer: 'https://idp.test', groups: ['support'] };
const hour = 3_600_000;

describe('an agent that acts for somebody', () => {
  let world: ControlWorld;
  beforeAll(async () => {
    world = await createControlWorld();
    const put = async (kind: string, name: string, spec: JsonObject) => {
      const body = { kind, name, spec, reason: 'test' };
      const put = await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body });
      expect(put).toMatchObject({ status: 200 });
    };
    await put('ToolServer', 'fake', { connect: { url: 'http://127.0.0.1:1/mcp' } });
    await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
    await put('Agent', 'coder', { owner: 'ann', purpose: 'tests', manifest: 'work' });
  });
  afterAll(() => world.close());

  const signIn = (over: Partial<PersonSession> = {}) =>
    world.sessions.open({
      tenant: 'main',
      user: ann,
      roles: [],
      provider: 'corp',
      providerSession: undefined,
      by: 'browser',
      expiresAt: world.clock.now() + 12 * hour,
      ...over,
    });
  const ask = (session: PersonSession, over: Partial<DelegationAsk> = {}): DelegationAsk => ({
    tenant: 'main',
    session,
    consent: 'consent-1',
    client: 'cursor',
    agent: 'coder',
    instance: undefined,
    hops: [],
    parent: undefined,
    effects: ['read', 'write'],
    scope: undefined,
    intent: undefined,
    labels: [],
    isNew: false,
    thumbprint: undefined,
    until: world.clock.now() + hour,
    reason: 'ann agreed',
    ...over,
  });
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
  const gone = { code: 'identity/delegation-ended' };

  it('is on record with user, agent, consent and task before any token, and each token too [IDN-03]', async () => {
    const session = await signIn();
    const from = world.log.drafts.length;
    const of = await world.delegations.begin(ask(session));
    const token = await world.delegations.issue({ tenant: 'main', id: of.id });
    const drafts = world.log.drafts.slice(from);
    expect(drafts.map(({ type }) => type)).toEqual([
      'task.begun',
      'delegation.begun',
      'token.issued',
    ]);
    expect(drafts[1]).toMatchObject({
      actors: [
        { kind: 'human', name: 'ann' },
        { kind: 'agent', name: 'coder', instance: of.instance },
      ],
      task: of.task,
      details: { consent: 'consent-1', client: 'cursor', effects: ['read', 'write'] },
    });
    expect(drafts[2]).toMatchObject({ details: { delegation: of.id, token: token.token } });
    expect(claimsOf(token.accessToken)).toMatchObject({
      sub: 'ann',
      client_id: 'cursor',
      task: of.task,
      act: { sub: `agent:main/coder/${of.instance}` },
      user: { iss: 'https://idp.test', groups: ['support'] },
      dlg: { id: of.id, eff: ['read', 'write'] },
    });
    expect(token).toMatchObject({ tokenType: 'Bearer', expiresIn: limits.accessTokenMs / 1_000 });
  });

  it('gets no token for more effects than were consented to', async () => {
    const of = await world.delegations.begin(ask(await signIn()));
    const narrowed = await world.delegations.issue({
      tenant: 'main',
      id: of.id,
      effects: ['delete', 'read'],
    });
    expect(claimsOf(narrowed.accessToken)).toMatchObject({
      dlg: { eff: ['read'] },
    });
    const beyond = world.delegations.issue({ tenant: 'main', id: of.id, effects: ['delete'] });
    await expect(beyond).rejects.toMatchObject({ code: 'identity/not-consented' });
  });

  it('gets no token once the sign-in is over, and none begins on it [IDN-04]', async () => {
    const session = await signIn();
    const of = await world.delegations.begin(ask(session));
    const other = await world.delegations.begin(ask(await signIn()));
    const ground = { kind: 'session', id: session.id } as const;
    const by = { kind: 'human', name: 'ann' } as const;
    await world.sessions.end({ tenant: 'main', ground, by, reason: 'signed out' });
    const { entries } = await world.store.overlay.current();
    const over = entries.flatMap(({ target }) => (target.kind === 'delegation' ? [target] : []));
    expect(over.map(({ delegation }) => delegation)).toContain(of.id);
    expect(over.map(({ delegation }) => delegation)).not.toContain(other.id);
    await expect(world.delegations.issue({ tenant: 'main', id: of.id })).rejects.toMatchObject(
      gone,
    );
    await expect(world.delegations.begin(ask(session))).rejects.toMatchObject(gone);
  });

  it('lasts no longer than the sign-in, what was handed on, and the bound', async () => {
    const now = world.clock.now();
    const until = async (over: Partial<DelegationAsk>, expiresAt = now + 12 * hour) =>
      (await world.delegations.begin(ask(await signIn({ expiresAt }), over))).until - now;
    expect(await until({ until: now + 24 * hour })).toBe(12 * hour);
    expect(await until({ until: now + 2 * hour, parentUntil: now + hour })).toBe(hour);
    const far = now + 10 * limits.delegationMs;
    expect(await until({ until: far, session: undefined })).toBe(limits.delegationMs);
    await expect(until({ until: now })).rejects.toMatchObject(gone);
    const hops = Array.from({ length: limits.handOffs + 1 }, () => ({ agent: 'a', instance: 'i' }));
    await expect(until({ hops })).rejects.toMatchObject({ code: 'identity/too-many-hops' });
    expect(await until({ hops: hops.slice(1) })).toBe(hour);
    await expect(until({ agent: 'nobody' })).rejects.toMatchObject({
      code: 'identity/unknown-agent',
    });
    await expect(until({ effects: [] })).rejects.toMatchObject({ code: 'identity/not-consented' });
  });

  it('is over in the overlay, on record and in its task when its end resolves [IDN-04]', async () => {
    const of = await world.delegations.begin(ask(await signIn(), { consent: 'consent-2' }));
    const child = await world.delegations.begin(
      ask(await signIn(), { consent: 'hand-off', parent: of.id }),
    );
    const ground = { kind: 'consent', id: 'consent-2' } as const;
    const end = { tenant: 'main', ground, by: 'ann', reason: 'enough' };
    expect(await world.delegations.end(end)).toBe(2);
    const { entries } = await world.store.overlay.current();
    const withdrawn = entries.filter(({ why }) => why === 'withdrawn').map(({ target }) => target);
    for (const { id, task } of [of, child]) {
      expect(withdrawn).toContainEqual({ kind: 'delegation', tenant: 'main', delegation: id });
      expect(await world.store.tasks.get('main', task)).toMatchObject({ endedBy: 'ann' });
    }
    await world.settle();
    const ends = world.log.drafts.filter(({ type }) => type === 'delegation.ended');
    const told = ends.map(({ details }) => details?.['delegation']);
    expect(told).toEqual(expect.arrayContaining([of.id, child.id]));
    expect(await world.delegations.end(end)).toBe(0);
  });

  it('is over when a person ends its task, and gets no token of it', async () => {
    const of = await world.delegations.begin(ask(await signIn()));
    const by = world.person('admin');
    await world.desks.tasks.end({ by, id: of.task, reason: 'enough' });
    await expect(world.delegations.issue({ tenant: 'main', id: of.id })).rejects.toMatchObject(
      gone,
    );
    await world.settle();
    expect(await world.delegations.get('main', of.id)).toMatchObject({ endedBy: 'system/tasks' });
    const { entries } = await world.store.overlay.current();
    const over = { kind: 'delegation', tenant: 'main', delegation: of.id };
    expect(entries.map(({ target }) => target)).toContainEqual(over);
  });

  it('gives out no token that an end in the same moment is not about', async () => {
    const of = await world.delegations.begin(ask(await signIn()));
    const ground = { kind: 'delegation', id: of.id } as const;
    const end = { tenant: 'main', ground, by: 'ann', reason: 'race' };
    world.log.before = async ({ type }) =>
      type === 'token.issued' ? world.delegations.end(end) : undefined;
    await expect(world.delegations.issue({ tenant: 'main', id: of.id })).rejects.toMatchObject(
      gone,
    );
    world.log.before = async () => undefined;
  });

  it('ends by itself when its time is over', async () => {
    const of = await world.delegations.begin(ask(await signIn()));
    world.clock.advance(hour);
    await world.delegations.expire();
    expect(await world.delegations.get('main', of.id)).toMatchObject({
      endedBy: 'system/delegation-time',
    });
  });

  it('carries on the labels of the one before, unless a person ended it or begins anew', async () => {
    const bob = { ...ann, subject: 'bob' };
    const label = 'integrity:untrusted';
    const labelsOf = async (task: string) => (await world.store.labels.read('main', task)).labels;
    const begin = async (isNew: boolean) => {
      world.clock.advance(1);
      return world.delegations.begin(ask(await signIn({ user: bob }), { isNew }));
    };
    const first = await begin(false);
    await world.store.labels.raise('main', { task: first.task, session: 's' }, [label], 'a/b');
    const over = { kind: 'delegation', id: first.id } as const;
    await world.delegations.end({ tenant: 'main', ground: over, by: 'system/client', reason: 'x' });
    const fresh = await begin(true);
    expect(await labelsOf(fresh.task)).toEqual([]);
    const tainted = await begin(false);
    expect(await labelsOf(tainted.task)).toEqual([]);
    await world.store.labels.raise('main', { task: tainted.task, session: 's' }, [label], 'a/b');
    const ground = { kind: 'delegation', id: tainted.id } as const;
    await world.delegations.end({ tenant: 'main', ground, by: 'system/client', reason: 'revoked' });
    const heir = await begin(false);
    expect(await labelsOf(heir.task)).toEqual([label]);
    const byHand = { kind: 'delegation', id: heir.id } as const;
    await world.delegations.end({ tenant: 'main', ground: byHand, by: 'bob', reason: 'done' });
    // One of them is still open: it knows what the other one had read.
    const beside = await begin(true);
    expect(await labelsOf(beside.task)).toEqual([label]);
    for (const { id } of [fresh, beside]) {
      const one = { kind: 'delegation', id } as const;
      await world.delegations.end({ tenant: 'main', ground: one, by: 'bob', reason: 'done' });
    }
    expect(await labelsOf((await begin(false)).task)).toEqual([]);
  });

  it('carries on the labels of all that work side by side for the same user, however they end', async () => {
    const eve = { ...ann, subject: 'eve' };
    const label = 'integrity:untrusted';
    const labelsOf = async (task: string) => (await world.store.labels.read('main', task)).labels;
    const begin = async (over: Partial<DelegationAsk> = {}) => {
      world.clock.advance(1);
      return world.delegations.begin(ask(await signIn({ user: eve }), over));
    };
    const end = (id: string, by: string) =>
      world.delegations.end({
        tenant: 'main',
        ground: { kind: 'delegation', id },
        by,
        reason: 'over',
      });
    const one = await begin();
    const two = await begin();
    await world.store.labels.raise('main', { task: one.task, session: 's' }, [label], 'a/b');
    const three = await begin();
    expect(await labelsOf(three.task)).toEqual([label]);
    // By another client it is the same agent for the same user; for another user it knows nothing of it.
    expect(await labelsOf((await begin({ client: 'zed' })).task)).toEqual([label]);
    const other = await world.delegations.begin(
      ask(await signIn({ user: { ...ann, subject: 'x' } })),
    );
    expect(await labelsOf(other.task)).toEqual([]);
    await end(three.id, 'eve');
    world.clock.advance(1);
    await end(one.id, 'system/client');
    world.clock.advance(1);
    await end(two.id, 'system/client');
    expect(await labelsOf((await begin()).task)).toEqual([label]);
  });

  it('does not begin when it cannot be recorded, and leaves no open task behind', async () => {
    const session = await signIn();
    world.log.refuses = ({ type }) => type === 'delegation.begun';
    await expect(world.delegations.begin(ask(session))).rejects.toThrow();
    world.log.refuses = () => false;
    const open = await world.store.tasks.list({
      tenant: 'main',
      agent: 'coder',
      open: true,
      limit: 1_000,
    });
    const delegations = await world.store.delegations.list({
      tenant: 'main',
      open: true,
      limit: 1_000,
    });
    const tasks = delegations.map(({ task }) => task);
    expect(open.filter(({ id }) => !tasks.includes(id))).toEqual([]);
  });
});
