import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reviewGate } from '#config/index.ts';
import { type DocumentReview, reviewDigest } from '#contracts/document-change.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { sealKeys } from '../../test/fakes/approval-asks.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { documentKinds } from '../programs/catalogue.ts';

let world: ControlWorld;

beforeEach(async () => {
  world = await createControlWorld();
});

afterEach(() => world.close());

type Who = 'admin' | 'operator' | 'auditor' | 'approver';

const ask = (who: Who, method: string, path: string, body?: JsonObject) =>
  world.ask(method, path, { as: world.credential(who), ...(body === undefined ? {} : { body }) });

const server = {
  kind: 'ToolServer',
  name: 'notes',
  spec: {
    connect: { url: 'http://127.0.0.1:1/mcp' },
    tools: { see: { effect: 'read' }, add_note: { effect: 'write' } },
  },
};
const manifest = (...tools: readonly string[]) => ({
  kind: 'Manifest',
  name: 'desk',
  spec: { tools: tools.map((tool) => ({ tool })) },
});
const agent = (over: JsonObject = {}) => ({
  kind: 'Agent',
  name: 'support',
  spec: { owner: 'ann', purpose: 'p', manifest: 'desk', ...over },
});
const first = [server, manifest('notes/see'), agent()];

const plan = (documents: readonly JsonObject[], remove: readonly JsonObject[] = []) =>
  ask('auditor', 'POST', '/v1/plans', { documents: [...documents], remove: [...remove] });
const apply = (documents: readonly JsonObject[], over: JsonObject = {}, who: Who = 'operator') =>
  ask(who, 'POST', '/v1/changes', { documents: [...documents], reason: 'ticket 12', ...over });

/** Some documents are there, as somebody put them one by one. */
async function begin(): Promise<void> {
  for (const body of first) await ask('admin', 'POST', '/v1/documents', body);
}

const sentences = (body: JsonObject) =>
  (body['steps'] as JsonObject[]).flatMap((step) =>
    (step['findings'] as JsonObject[]).map(
      (one) => `${textAt(one, 'judgement')}: ${textAt(one, 'sentence')}`,
    ),
  );
const types = () => world.log.drafts.map(({ type }) => type);
const inForce = () => world.snapshot()?.tenants['main'];

describe('a plan', () => {
  it('says in sentences what would change and what that does to risk, and changes nothing [POL-06]', async () => {
    await begin();
    const { body } = await plan([
      server,
      manifest('notes/see', 'notes/add_note'),
      agent({ callsPerDay: 5 }),
    ]);
    expect(body['judgement']).toBe('risky');
    expect(sentences(body)).toEqual([
      'tightening: Agent `support`: `callsPerDay` is new: 5',
      'risky: support: gains a tool that writes: notes/add_note',
    ]);
    expect(Object.keys(inForce()?.manifests['desk']?.targets ?? [])).toHaveLength(1);
    expect(types()).not.toContain('config.change-requested');
  });

  it('is empty where everything is so already, and its id names state and wish', async () => {
    await begin();
    const same = await plan(first);
    expect(same.body).toMatchObject({ steps: [], judgement: 'neutral' });
    const one = await plan([agent({ toolLimit: 5 })]);
    expect((await plan([agent({ toolLimit: 5 })])).body['id']).toBe(one.body['id']);
    expect((await plan([agent({ toolLimit: 6 })])).body['id']).not.toBe(one.body['id']);
    await ask('admin', 'POST', '/v1/documents', { ...manifest('notes/see'), name: 'other' });
    expect((await plan([agent({ toolLimit: 5 })])).body['id']).not.toBe(one.body['id']);
  });

  it('tells every problem of all its documents at once', async () => {
    const bad = await plan([{ ...agent({ toolLimit: 0 }) }, { ...server, spec: { conect: {} } }]);
    expect(bad.status).toBe(422);
    const problems = (bad.body['details'] as JsonObject)['problems'] as string[];
    expect(problems).toEqual([
      expect.stringContaining('Agent/support: spec.toolLimit'),
      expect.stringContaining('ToolServer/notes: spec.connect'),
      expect.stringContaining('ToolServer/notes: spec.conect'),
    ]);
  });
});

describe('an apply', () => {
  it('puts tightenings in force at once, and lets what is risky wait for somebody else [POL-06] [LIF-04]', async () => {
    await begin();
    const { body, status } = await apply([
      manifest('notes/see', 'notes/add_note'),
      agent({ suspended: true }),
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ applied: ['Agent/support'], isException: false });
    expect(inForce()?.agents['support']?.suspended).toBe(true);
    expect(inForce()?.manifests['desk']?.targets).toHaveLength(1);
    const review = body['review'] as JsonObject;
    expect(review).toMatchObject({
      state: 'open',
      documents: ['Manifest/desk'],
      reason: 'ticket 12',
    });
    const id = textAt(review, 'id');
    const shown = await ask('auditor', 'GET', `/v1/changes/${id}`);
    const shownPlan = shown.body['plan'] as JsonObject;
    expect(sentences(shownPlan)).toEqual([
      'risky: support: gains a tool that writes: notes/add_note',
    ]);
    const yes = { plan: textAt(shownPlan, 'id'), reason: 'looked' };
    const own = await ask('operator', 'POST', `/v1/changes/${id}/approve`, yes);
    expect([own.status, own.body['code']]).toEqual([403, 'config/second-person']);
    // A store from before names were compared so: whoever asked, in another spelling, is nobody else.
    const person = { tenant: 'main', name: 'Operator-Main', roles: ['admin'] } as const;
    const credential = 'T'.repeat(44);
    const credentialDigest = sha256Hex(credential);
    await world.store.people.addPerson({ person, credentialDigest, now: world.clock.now() });
    const twice = { as: credential, body: yes };
    const theirs = await world.ask('POST', `/v1/changes/${id}/approve`, twice);
    expect([theirs.status, theirs.body['code']]).toEqual([403, 'config/second-person']);
    expect((await ask('approver', 'POST', `/v1/changes/${id}/approve`, yes)).status).toBe(403);
    expect(inForce()?.manifests['desk']?.targets).toHaveLength(1);
    const done = await ask('admin', 'POST', `/v1/changes/${id}/approve`, yes);
    expect(done.body['review']).toMatchObject({
      state: 'applied',
      decidedBy: 'admin-main',
      why: 'looked',
    });
    expect(inForce()?.manifests['desk']?.targets).toHaveLength(2);
    expect(types().filter((type) => type.startsWith('config.'))).toEqual([
      ...first.map(() => 'config.applied'),
      'config.applied',
      'config.change-requested',
      'config.change-approved',
      'config.applied',
    ]);
    const [last] = world.log.drafts.filter(({ type }) => type === 'config.applied').slice(-1);
    expect(last).toMatchObject({
      actors: [{ kind: 'human', name: 'admin-main' }],
      details: { kind: 'Manifest', review: id, askedBy: 'operator-main', asked: 'ticket 12' },
    });
    const again = await ask('admin', 'POST', `/v1/changes/${id}/approve`, yes);
    expect(again.status).toBe(404);
  });

  it('says whose yes it takes: of what says who people are, or what runs, an admin`s alone', async () => {
    await begin();
    const lists = manifest('notes/see', 'notes/add_note');
    const { body } = await apply([lists]);
    expect(body['review']).toMatchObject({ approver: 'operator' });
    const runs = { ...server, name: 'runs', spec: { connect: { command: 'node' } } };
    const asked = { documents: [runs], reason: 'ticket 13' };
    const byAdmin = await ask('admin', 'POST', '/v1/changes', asked);
    expect(byAdmin.body['review']).toMatchObject({ approver: 'admin' });
    const { reviews } = (await ask('auditor', 'GET', '/v1/changes')).body;
    const told = (reviews as JsonObject[]).map(({ documents, approver }) =>
      JSON.stringify([documents, approver]),
    );
    expect(told.sort()).toEqual([
      '[["Manifest/desk"],"operator"]',
      '[["ToolServer/runs"],"admin"]',
    ]);
    const waits = (reviews as JsonObject[]).find(({ approver }) => approver === 'admin') ?? {};
    const path = `/v1/changes/${textAt(waits, 'id')}`;
    const shown = await ask('auditor', 'GET', path);
    expect(shown.body['review']).toMatchObject({ approver: 'admin' });
    const yes = { plan: textAt(shown.body['plan'] as JsonObject, 'id'), reason: 'looked' };
    const no = await ask('operator', 'POST', `${path}/approve`, yes);
    expect([no.status, no.body['code']]).toEqual([403, 'api/forbidden']);
  });

  it('is refused with what moved where the state is another than the plan was made for', async () => {
    await begin();
    const planned = await plan([agent({ toolLimit: 5 })]);
    await ask('admin', 'POST', '/v1/documents', { ...manifest('notes/see'), name: 'other' });
    const late = await apply([agent({ toolLimit: 5 })], { plan: textAt(planned.body, 'id') });
    expect([late.status, late.body['code']]).toEqual([409, 'config/moved']);
    expect(late.body['details']).toEqual({ moved: ['Manifest/other'] });
    const anew = await plan([agent({ toolLimit: 5 })]);
    const done = await apply([agent({ toolLimit: 5 })], { plan: textAt(anew.body, 'id') });
    expect(done.body['applied']).toEqual(['Agent/support']);
  });

  it('overwrites nothing of another admin: a review whose documents moved cannot be approved', async () => {
    await begin();
    const asked = await apply([agent({ toolLimit: 500 })]);
    const id = textAt(asked.body['review'] as JsonObject, 'id');
    const before = await ask('admin', 'GET', `/v1/changes/${id}`);
    const yes = { plan: textAt(before.body['plan'] as JsonObject, 'id'), reason: 'looked' };
    await ask('admin', 'POST', '/v1/documents', { ...agent({ toolLimit: 7 }), reason: 'mine' });
    const refused = await ask('admin', 'POST', `/v1/changes/${id}/approve`, yes);
    expect(refused.body).toMatchObject({
      code: 'config/moved',
      details: { moved: ['Agent/support'] },
    });
    const shown = await ask('admin', 'GET', `/v1/changes/${id}`);
    expect(shown.body).toMatchObject({ plan: null, moved: ['Agent/support'] });
    expect(inForce()?.agents['support']?.toolLimit).toBe(7);
  });

  it('must be looked at again where something else moved since it was shown', async () => {
    await begin();
    const asked = await apply([agent({ toolLimit: 500 })]);
    const id = textAt(asked.body['review'] as JsonObject, 'id');
    const shown = await ask('admin', 'GET', `/v1/changes/${id}`);
    await ask('admin', 'POST', '/v1/documents', { ...manifest('notes/see'), name: 'other' });
    const yes = { plan: textAt(shown.body['plan'] as JsonObject, 'id'), reason: 'looked' };
    const refused = await ask('admin', 'POST', `/v1/changes/${id}/approve`, yes);
    expect(refused.body['details']).toEqual({ moved: ['Manifest/other'] });
  });

  it('may be rejected, taken back, and is over in time: each on record', async () => {
    await begin();
    const ids: string[] = [];
    for (const toolLimit of [500, 501, 502]) {
      const asked = await apply([agent({ toolLimit })]);
      ids.push(textAt(asked.body['review'] as JsonObject, 'id'));
    }
    const no = (who: Who, at: number) =>
      ask(who, 'POST', `/v1/changes/${ids[at]}/reject`, { reason: 'not now' });
    expect((await no('auditor', 0)).status).toBe(403);
    expect((await no('admin', 0)).body['review']).toMatchObject({ state: 'rejected' });
    expect((await no('operator', 1)).body['review']).toMatchObject({ state: 'rejected' });
    world.clock.advance(limits.agreementMs);
    const listed = await ask('auditor', 'GET', '/v1/changes');
    const states = (listed.body['reviews'] as JsonObject[]).map((one) => textAt(one, 'state'));
    expect(states.toSorted()).toEqual(['expired', 'rejected', 'rejected']);
    const ended = world.log.drafts.filter(({ type }) => type === 'config.change-ended');
    expect(ended.map(({ details }) => details?.['outcome'])).toEqual([
      'rejected',
      'rejected',
      'expired',
    ]);
  });

  it('is asked for once by whoever asks for the same again, and by somebody else beside it', async () => {
    await begin();
    const ids: string[] = [];
    for (const who of ['operator', 'operator', 'admin'] as const) {
      const asked = await apply([agent({ toolLimit: 500 })], {}, who);
      ids.push(textAt(asked.body['review'] as JsonObject, 'id'));
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(types().filter((type) => type === 'config.change-requested')).toHaveLength(2);
  });

  it('is refused where a hundred wait already, and takes nothing of itself into force', async () => {
    await begin();
    const asked = await apply([agent({ toolLimit: 500 })]);
    const id = textAt(asked.body['review'] as JsonObject, 'id');
    const book = world.store.documentReviews;
    const one = await book.get('main', id);
    if (one === undefined) throw new Error('nothing was asked for');
    for (let at = 1; at < 100; at += 1) await book.ask('main', { ...one, id: `r${at}` });
    const more = [agent({ suspended: true }), manifest('notes/see', 'notes/add_note')];
    const refused = await apply(more);
    expect([refused.status, refused.body['code']]).toEqual([409, 'config/too-many-waiting']);
    expect(inForce()?.agents['support']?.suspended).toBe(false);
    // What waits already is answered all the same, and what only takes away needs no room.
    expect((await apply([agent({ toolLimit: 500 })])).body['review']).toMatchObject({
      state: 'open',
    });
    expect((await apply([agent({ suspended: true })])).body['applied']).toEqual(['Agent/support']);
  });

  /** One that somebody asked for, and the yes to what it shows. */
  const waiting = async () => {
    await begin();
    const asked = await apply([agent({ toolLimit: 500 })]);
    const id = textAt(asked.body['review'] as JsonObject, 'id');
    const shown = await ask('admin', 'GET', `/v1/changes/${id}`);
    const yes = { plan: textAt(shown.body['plan'] as JsonObject, 'id'), reason: 'looked' };
    return { id, approve: () => ask('admin', 'POST', `/v1/changes/${id}/approve`, yes) };
  };
  const state = async (id: string) => (await world.store.documentReviews.get('main', id))?.state;

  it('is in force or rejected, never both: a no waits for the yes before it [LIF-04]', async () => {
    const { id, approve } = await waiting();
    const no = () => ask('operator', 'POST', `/v1/changes/${id}/reject`, { reason: 'not now' });
    const [yes, late] = await Promise.all([approve(), no()]);
    const isInForce = inForce()?.agents['support']?.toolLimit === 500;
    expect(new Set([yes.status, late.status])).toEqual(new Set([200, 404]));
    expect([isInForce, await state(id)]).toEqual(
      yes.status === 200 ? [true, 'applied'] : [false, 'rejected'],
    );
  });

  it('is what was asked for to the letter: one that was edited in the store is over, on record, and never applied [LIF-04]', async () => {
    const edits = [
      [
        'steps',
        ({ steps }: DocumentReview) => ({
          steps: steps.map((one) => ({ ...one, spec: agent({ toolLimit: 9_000 }).spec })),
        }),
      ],
      ['who asked', () => ({ askedBy: 'admin-main' })],
      ['why', () => ({ reason: 'ticket 13' })],
      ['until when', ({ until }: DocumentReview) => ({ until: until + 1 })],
      ['the seal', () => ({ seal: '' })],
    ] as const;
    for (const [what, edit] of edits) {
      await world.close();
      world = await createControlWorld();
      const { id, approve } = await waiting();
      const book = world.store.documentReviews;
      const review = await book.get('main', id);
      if (review === undefined) throw new Error('nothing waits');
      // As whoever edits the file: the row is another, its id and its seal are what they were.
      const edited = { ...review, ...edit(review) };
      const get = vi.spyOn(book, 'get').mockResolvedValue(edited);
      const refused = await approve();
      expect([what, refused.status, refused.body['code']]).toEqual([
        what,
        409,
        'config/review-edited',
      ]);
      get.mockRestore();
      expect(await state(id)).toBe('rejected');
      expect(inForce()?.agents['support']?.toolLimit).not.toBe(9_000);
      const ended = world.log.drafts.filter(({ type }) => type === 'config.change-ended');
      expect(ended).toMatchObject([
        {
          actors: [{ kind: 'system', name: 'system/config' }],
          details: { review: id, outcome: 'rejected', why: expect.stringContaining('edited') },
        },
      ]);
    }
  });

  it('names by one digest what was asked for, in each of its records', async () => {
    const { id, approve } = await waiting();
    const review = await world.store.documentReviews.get('main', id);
    await approve();
    const records = world.log.drafts.filter(({ type }) => type.startsWith('config.change-'));
    expect(records.map(({ details }) => details?.['digest'])).toEqual(
      records.map(() => review && reviewDigest(review)),
    );
    expect(records).toHaveLength(2);
  });

  it('is closed when its time is over, without anybody who asks [LIF-04]', async () => {
    const { id } = await waiting();
    await world.desks.changes.endDue('main');
    expect(await state(id)).toBe('open');
    world.clock.advance(limits.agreementMs);
    await world.desks.changes.endDue('main');
    expect(await state(id)).toBe('expired');
    expect(types()).toContain('config.change-ended');
  });

  it('whose end nobody wrote down is settled as applied at the next look, and neither rejected nor over', async () => {
    const ends: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => ask('auditor', 'GET', `/v1/changes/${id}`),
      (id) => ask('operator', 'POST', `/v1/changes/${id}/reject`, { reason: 'not now' }),
      async () => {
        world.clock.advance(limits.agreementMs);
        await ask('auditor', 'GET', '/v1/changes');
      },
    ];
    for (const end of ends) {
      await world.close();
      world = await createControlWorld();
      const { id } = await waiting();
      // As a yes leaves it where control dies before the review says so.
      const done = { ...agent({ toolLimit: 500 }), reason: 'mine' };
      expect((await ask('admin', 'POST', '/v1/documents', done)).status).toBe(200);
      await end(id);
      const review = await world.store.documentReviews.get('main', id);
      expect(review).toMatchObject({ state: 'applied', decidedBy: 'system/config' });
      const ended = world.log.drafts.filter(({ type }) => type === 'config.change-ended');
      expect(ended).toHaveLength(1);
      expect(ended[0]).toMatchObject({
        actors: [{ kind: 'system', name: 'system/config' }],
        details: { outcome: 'applied' },
      });
    }
  });

  it('leaves what waits with the rest where tightenings do not stand alone', async () => {
    await begin();
    const { body } = await apply(
      [{ ...manifest('notes/see'), name: 'new' }, agent({ manifest: 'new' })],
      {
        remove: [{ kind: 'Manifest', name: 'desk' }],
      },
    );
    expect(body['applied']).toEqual([]);
    expect((body['review'] as JsonObject)['documents']).toEqual([
      'Agent/support',
      'Manifest/desk',
      'Manifest/new',
    ]);
  });

  it('asks an admin for what an admin writes, and changes nothing for others', async () => {
    const stepUp = { kind: 'StepUp', name: 's', spec: { acts: ['reveal'], acr: ['x'] } };
    expect((await apply([stepUp])).status).toBe(403);
    // Nobody may be able to satisfy it: it takes two as what gives more does.
    const asked = await apply([stepUp], {}, 'admin');
    expect(asked.body).toMatchObject({ applied: [], review: { documents: ['StepUp/s'] } });
    await ask('admin', 'POST', '/v1/documents', { ...stepUp, reason: 'alone' });
    expect((await apply([], { remove: [{ kind: 'StepUp', name: 's' }] })).status).toBe(403);
  });

  it('tells a plan what an agent lacks for its autonomy, and nobody can ask for it [POL-22]', async () => {
    await begin();
    const broad = await plan([agent({ autonomy: 'broad' })]);
    expect(broad.status).toBe(422);
    expect(JSON.stringify(broad.body)).toMatch(/`autonomy: broad` needs .*callsPerDay/);
    expect((await apply([agent({ autonomy: 'broad' })])).status).toBe(422);
    const assisted = await plan([agent({ autonomy: 'assisted' })]);
    expect(sentences(assisted.body)).toEqual(['tightening: support is assisted']);
  });

  it('keeps the last configuration where the next cannot be made', async () => {
    await begin();
    world.compileFault = new Error('no room');
    expect((await apply([agent({ suspended: true })])).status).toBe(500);
    world.compileFault = undefined;
    const [stored] = (await world.store.documents.list('main')).filter(
      ({ kind }) => kind === 'Agent',
    );
    expect(stored?.spec['suspended']).toBeUndefined();
    expect(types()).toContain('act.reconciled');
  });
});

describe('while one person is alone', () => {
  it('they say yes to themselves, each time on record as an exception, for a day and never again', async () => {
    await world.close();
    world = await createControlWorld({ people: false });
    const person = { tenant: 'main', name: 'ann', roles: ['admin'] } as const;
    const add = (name: string) =>
      world.store.people.addPerson({
        person: { ...person, name },
        credentialDigest: name,
        now: world.clock.now(),
      });
    await add('ann');
    const { changes } = world.desks;
    const act = (toolLimit: number) =>
      changes.apply({
        by: person,
        documents: [server, manifest('notes/see'), agent({ toolLimit })],
        remove: [],
        reason: 'setup',
      });
    expect(await act(10)).toMatchObject({ isException: true, review: undefined });
    expect(types()).toContain('config.change-approved');
    const [yes] = world.log.drafts.filter(({ type }) => type === 'config.change-approved');
    expect(yes?.details).toMatchObject({ exception: 'bootstrap', why: 'setup' });
    expect(await changes.bootstrap('main')).toBeDefined();
    await add('bob');
    await world.store.people.removePerson({ tenant: 'main', name: 'bob' });
    expect(await changes.bootstrap('main')).toBeUndefined();
    expect(await act(20)).toMatchObject({ isException: false, applied: [] });
  });

  it('is over after a day, whoever is there', async () => {
    await world.close();
    world = await createControlWorld({ people: false });
    const { changes } = world.desks;
    expect(await changes.bootstrap('main')).toBeDefined();
    world.clock.advance(86_400_000);
    expect(await changes.bootstrap('main')).toBeUndefined();
  });
});

describe('the versions of a document', () => {
  it('are kept with who and why, and one of them comes back as any change does [EXE-07]', async () => {
    await begin();
    await apply([agent({ toolLimit: 5 })]);
    await apply([agent({ toolLimit: 3 })]);
    const of = await ask('auditor', 'GET', '/v1/documents/Agent/support/history');
    const versions = of.body['versions'] as JsonObject[];
    expect(versions.map(({ version, reason }) => [version, reason])).toEqual([
      [3, 'ticket 12'],
      [2, 'ticket 12'],
      [1, null],
    ]);
    const back = (to: number) =>
      ask('operator', 'POST', '/v1/documents/Agent/support/rollback', { to, reason: 'too few' });
    const risky = await back(1);
    expect(risky.body['review']).toMatchObject({ documents: ['Agent/support'], reason: 'too few' });
    expect(inForce()?.agents['support']?.toolLimit).toBe(3);
    expect((await back(9)).status).toBe(404);
    expect((await back(3)).body['applied']).toEqual([]);
  });
});

describe('where everything risky waits', () => {
  it('one document does too: whoever put it is not who says yes', async () => {
    await begin();
    const gate = reviewGate({
      keys: sealKeys,
      documents: world.store.documents,
      reviews: world.store.documentReviews,
      recorder: world.log,
      clock: world.clock,
      kinds: documentKinds,
      rehearseSteps: async () => ({ before: undefined, after: undefined }),
    });
    const act = { by: world.person('operator'), reason: 'ticket 12' };
    const step = (spec: JsonObject) => ({ kind: 'Agent', name: 'support', spec });
    await gate(act, step(agent({ suspended: true }).spec));
    await gate(act, step(agent().spec));
    await expect(gate(act, step(agent({ toolLimit: 500 }).spec))).rejects.toMatchObject({
      code: 'config/needs-review',
    });
    expect(await world.store.documentReviews.list('main')).toMatchObject([
      { state: 'open', askedBy: 'operator-main', reason: 'ticket 12' },
    ]);
  });
});
