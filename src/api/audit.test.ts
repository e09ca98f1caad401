import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { spanOf } from '#kernel/trace.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';
import { views } from '#planes/query/index.ts';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
});
afterEach(() => world.close());

const as = () => ({ as: world.credential('auditor') });

describe('questions about records', () => {
  it('are answered to an auditor, and are themselves on record with what was asked [AUD-21] [D-17]', async () => {
    await world.log.record(draftOf('policy.intent', { call: 'c-1' }));
    const query = encodeURIComponent('agent:refund-bot decision:allow');
    const { status, body } = await world.ask('GET', `/v1/audit/records?q=${query}&limit=5`, as());
    expect(status).toBe(200);
    expect(body).toMatchObject({ records: [{ record: { call: 'c-1' } }], reach: [] });
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.read',
      actors: [{ kind: 'human', name: 'auditor-main' }],
      details: {
        path: '/v1/audit/records',
        query: { q: 'agent:refund-bot decision:allow', limit: '5' },
      },
    });
    await world.ask('GET', `/v1/audit/export?view=stops&proofs=full`, as());
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.read',
      details: { path: '/v1/audit/export', query: { view: 'stops', proofs: 'full' } },
    });
    await world.ask('GET', '/v1/audit/tasks/task-1', as());
    expect(world.log.drafts.at(-1)).toMatchObject({ details: { path: '/v1/audit/tasks/task-1' } });
  });

  it('that cannot be read are refused with the place and what was meant', async () => {
    const { status, body } = await world.ask('GET', '/v1/audit/records?q=agnt:x', as());
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'audit/query-malformed',
      details: { at: 0, suggestion: 'agent' },
    });
    const long = 'x'.repeat(limits.auditQueryBytes + 1);
    const mark = `arrivedAfter=${'a'.repeat(limits.auditMarkBytes + 1)}`;
    for (const bad of [
      `q=${long}`,
      mark,
      'arrivedAfter=x',
      'limit=0',
      'order=any',
      'view=',
      'count=1',
      'other=1',
    ]) {
      expect((await world.ask('GET', `/v1/audit/records?${bad}`, as())).status, bad).toBe(422);
    }
    expect((await world.ask('GET', '/v1/audit/records?view=stop', as())).body).toMatchObject({
      details: { suggestion: 'stops' },
    });
  });

  it('are for those who may read the log, of their own tenant alone', async () => {
    await world.log.record(draftOf('policy.intent', { tenant: 'other', call: 'theirs' }));
    for (const path of ['records', 'export', 'counts?by=call', 'tasks/task-1']) {
      const own = await world.ask('GET', `/v1/audit/${path}`, as());
      expect(JSON.stringify(own.body)).not.toContain('theirs');
      const owner = { as: world.credential('owner') };
      expect((await world.ask('GET', `/v1/audit/${path}`, owner)).status).toBe(403);
      expect((await world.ask('GET', `/v1/audit/${path}`)).status).toBe(401);
    }
  });

  it('are counted by what is asked for, which is on record too', async () => {
    for (const call of ['c-1', 'c-2']) await world.log.record(draftOf('policy.intent', { call }));
    const { status, body } = await world.ask(
      'GET',
      '/v1/audit/counts?by=agent&q=decision:allow',
      as(),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      by: ['agent'],
      records: 2,
      groups: [{ values: ['refund-bot'], count: 2 }],
    });
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.read',
      details: { path: '/v1/audit/counts', query: { by: 'agent', q: 'decision:allow' } },
    });
  });

  it('with a name, and what can be asked for, are listed', async () => {
    const { body } = await world.ask('GET', '/v1/audit/views', as());
    expect(body['views']).toHaveLength(views.length);
    expect(body['fields']).toHaveProperty('agent');
  });

  it('give no more of an export at once than auditExportRows', async () => {
    const { body } = await world.ask('GET', '/v1/audit/export?limit=9999', as());
    expect(body['entries']).toEqual([]);
    expect(limits.auditExportRows).toBeLessThanOrEqual(limits.auditQueryRows);
  });
});

describe('one trace', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const caller = '00f067aa0ba902b7';
  const call = newId(1_700_000_000_000);
  const intent = newId(1_700_000_000_001);

  it('is told as the spans of its records, to an auditor, on record [AUD-14] [OBS-08]', async () => {
    const of = { call, intent, trace: `00-${trace}-${caller}-01` };
    for (const type of ['policy.intent', 'policy.outcome'] as const) {
      await world.log.record(draftOf(type, of));
    }
    await world.log.record(draftOf('policy.outcome', { ...of, trace: 'e'.repeat(32) }));
    const { status, body } = await world.ask('GET', `/v1/audit/traces/${trace}`, as());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      spans: [
        { traceId: trace, spanId: spanOf(call), parentSpanId: caller, kind: 'server' },
        { traceId: trace, spanId: spanOf(intent), parentSpanId: spanOf(call), kind: 'client' },
      ],
      records: [{ record: { type: 'policy.intent' } }, { record: { type: 'policy.outcome' } }],
      annotations: [],
      cut: false,
    });
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.read',
      details: { path: `/v1/audit/traces/${trace}` },
    });
    const owner = { as: world.credential('owner') };
    expect((await world.ask('GET', `/v1/audit/traces/${trace}`, owner)).status).toBe(403);
    expect((await world.ask('GET', '/v1/audit/traces/none', as())).status).toBe(422);
  });
});

describe('the index of the records', () => {
  it('is made anew by an operator, which is on record before it is done', async () => {
    const rebuild = (role: 'auditor' | 'operator') =>
      world.ask('POST', '/v1/audit/index/rebuild', { as: world.credential(role), body: {} });
    expect((await rebuild('auditor')).status).toBe(403);
    expect((await rebuild('operator')).status).toBe(200);
    expect(world.log.drafts.at(-1)).toMatchObject({
      type: 'log.index-rebuilt',
      actors: [{ kind: 'human', name: 'operator-main' }],
      details: { why: 'asked for' },
    });
    world.log.failing = true;
    expect((await rebuild('operator')).status).toBe(503);
  });

  it('says how far it has come, and whether it agrees with the log', async () => {
    expect((await world.ask('GET', '/v1/audit/index', as())).body).toMatchObject({ behind: 0 });
    expect((await world.ask('GET', '/v1/audit/index/check', as())).body).toMatchObject({
      differences: [],
    });
  });
});
