import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Role } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
});
afterEach(() => world.close());

const as = (role: Role = 'privacy') => ({ as: world.credential(role) });

async function sealed(body: Uint8Array): Promise<string> {
  return (await world.log.record(draftOf('policy.intent', { call: 'c' }), body)).id;
}

const reveal = (id: string, role?: Role, body = { purpose: 'case 17' }) =>
  world.ask('POST', `/v1/records/${id}/reveal`, { ...as(role), body });

describe('what is sealed with a record', () => {
  it('is told as text where it is text, else as bytes, and is on record [AUD-21]', async () => {
    const id = await sealed(Buffer.from('{"customer":"Canary"}'));
    const { status, body } = await reveal(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ text: '{"customer":"Canary"}', key: 'handle' });
    expect(body).not.toHaveProperty('base64');
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.revealed',
      actors: [{ kind: 'human', name: 'privacy-main' }],
      details: { record: id, purpose: 'case 17' },
    });
    const odd = await reveal(await sealed(Buffer.from([0xff, 0x00])));
    expect(odd.body).toMatchObject({ base64: '/wA=' });
    expect(odd.body).not.toHaveProperty('text');
  });

  it('is refused to everybody without the role, and the refusal is on record [AUD-10]', async () => {
    const id = await sealed(Buffer.from('Canary'));
    for (const role of ['owner', 'auditor', 'approver', 'analyst', 'operator', 'admin'] as const) {
      const { status, body } = await reveal(id, role);
      expect([status, JSON.stringify(body).includes('Canary')]).toEqual([403, false]);
      expect(world.log.drafts.at(-1)).toMatchObject({
        type: 'api.refused',
        actors: [{ name: `${role}-main` }],
        refusal: { code: 'api/forbidden' },
        details: { path: `/v1/records/${id}/reveal` },
      });
    }
    expect((await reveal(id, 'privacy', { purpose: '' })).status).toBe(422);
    const long = 'x'.repeat(limits.reasonBytes + 1);
    expect((await reveal(id, 'privacy', { purpose: long })).status).toBe(422);
  });

  it('is not told while nothing can be recorded, nor to another tenant [AUD-21]', async () => {
    const id = await sealed(Buffer.from('Canary'));
    const other = await world.ask('POST', `/v1/records/${id}/reveal`, {
      as: world.credential('privacy', 'other'),
      body: { purpose: 'x' },
    });
    expect(other.body).toMatchObject({ code: 'audit/record-unknown' });
    world.log.failing = true;
    const { status, body } = await reveal(id);
    expect([status, JSON.stringify(body).includes('Canary')]).toEqual([503, false]);
  });
});

describe('a manifest that is suggested by what an agent sent', () => {
  it('puts on record that sealed arguments were looked into, before it is told [AUD-21]', async () => {
    const documents = {
      ToolServer: { name: 'fake', spec: { connect: { url: 'http://127.0.0.1:1/mcp' } } },
      Manifest: { name: 'work', spec: { tools: [{ tool: 'fake/pay' }] } },
      Agent: { name: 'refund-bot', spec: { owner: 'ann', purpose: 'tests', manifest: 'work' } },
    };
    for (const [kind, document] of Object.entries(documents)) {
      const body = { kind, ...document, reason: 'ticket 12' };
      expect((await world.ask('POST', '/v1/documents', { ...as('admin'), body })).status).toBe(200);
    }
    const suggest = () =>
      world.ask('GET', `/v1/agents/refund-bot/suggested-manifest?since=2020-01-01T00:00:00Z`, {
        ...as('operator'),
      });
    expect((await suggest()).body).toMatchObject({ opened: 0 });
    expect(world.log.drafts.filter(({ type }) => type === 'log.revealed')).toEqual([]);
    await sealed(Buffer.from('{"amount":5}'));
    expect((await suggest()).body).toMatchObject({ opened: 1 });
    expect(world.log.drafts.find(({ type }) => type === 'log.revealed')).toMatchObject({
      actors: [{ kind: 'human', name: 'operator-main' }],
      details: { agent: 'refund-bot', opened: 1, shown: 'derived' },
    });
    world.log.refuses = ({ type }) => type === 'log.revealed';
    expect((await suggest()).status).toBe(503);
  });
});

describe('an erasure', () => {
  it('names the subject in no record, also where it is refused [DAT-10]', async () => {
    const key = { handle: 'h'.repeat(32), wrappedKey: 'w' };
    await world.store.payloadKeys.keep({ tenant: 'main', subject: 'ann@corp', key, now: 0 });
    const erase = (subject: string, role?: Role) => {
      const body = { subject, basis: 'law', request: 'DSR-1' };
      return world.ask('POST', '/v1/erasures', { ...as(role), body });
    };
    expect((await erase('ann@corp', 'admin')).status).toBe(403);
    expect((await erase('nobody@corp')).status).toBe(404);
    const erased = { handle: key.handle, bodies: 0, nothing: true };
    expect((await erase('ann@corp')).body).toMatchObject(erased);
    expect(await world.store.payloadKeys.of('main', 'ann@corp')).toBeUndefined();
    const said = JSON.stringify(world.log.drafts);
    expect(said).toContain(key.handle);
    for (const name of ['ann@corp', 'nobody@corp']) expect(said).not.toContain(name);
  });
});

describe('a legal hold', () => {
  it('is asked for by one and agreed to by another, and lapses after agreementMs', async () => {
    const body = { subject: 'ann@corp', matter: 'case 17', force: true };
    const asked = await world.ask('POST', '/v1/holds', { ...as(), body });
    expect(asked.status).toBe(200);
    const agree = () =>
      world.ask('POST', `/v1/agreements/${textAt(asked.body, 'id')}/agree`, { ...as(), body: {} });
    expect((await agree()).body).toMatchObject({ code: 'audit/second-person' });
    const list = async () => (await world.ask('GET', '/v1/holds', as('auditor'))).body;
    expect(await list()).toMatchObject({
      holds: [{ subject: 'ann@corp', state: 'asked', askedBy: 'privacy-main', heldBy: null }],
      waiting: [{ id: asked.body['id'], askedBy: 'privacy-main' }],
    });
    world.clock.advance(limits.agreementMs);
    expect(await list()).toMatchObject({ holds: [{ state: 'lapsed' }], waiting: [] });
    expect((await agree()).body).toMatchObject({ code: 'api/not-found' });
  });

  it('is of a subject or since a time, and of one of them', async () => {
    for (const bad of [
      {},
      { subject: 'a', since: '2026-01-01T00:00:00Z' },
      { since: 'long ago' },
    ]) {
      const body = { ...bad, matter: 'm' };
      expect((await world.ask('POST', '/v1/holds', { ...as(), body })).status).toBe(422);
    }
  });
});
