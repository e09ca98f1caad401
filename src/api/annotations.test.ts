import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
});
afterEach(() => world.close());

const annotate = (role: Role, body: JsonObject, tenant: 'main' | 'other' = 'main') =>
  world.ask('POST', '/v1/annotations', { as: world.credential(role, tenant), body });
const write = async (over: Partial<RecordDraft> = {}) =>
  (await world.log.record(draftOf('policy.intent', over))).id;
const show = (id: string) =>
  world.ask('GET', `/v1/records/${id}`, { as: world.credential('auditor') });
const annotated = () => world.log.drafts.filter(({ type }) => type === 'log.annotated');

describe('an annotation', () => {
  it('is one more record with who said what about which record, which itself stays as it was [AUD-20]', async () => {
    const about = await write();
    const { record } = (await show(about)).body;
    const { status, body } = await annotate('analyst', { about, note: 'here it began' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ annotates: { kind: 'record', id: about } });
    expect(annotated()).toEqual([
      {
        type: 'log.annotated',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'analyst-main' }],
        details: { record: about, log: 'log/main', index: 0, note: 'here it began' },
      },
    ]);
    expect((await show(about)).body).toMatchObject({
      record,
      annotations: [{ annotates: { kind: 'record', id: about }, record: { id: body['id'] } }],
      annotationsCut: false,
    });
  });

  it('is about a task too, and about another annotation [AUD-20]', async () => {
    await write({ task: 'refunds-17' });
    const ofTask = await annotate('auditor', { about: 'refunds-17', note: 'INC-17' });
    expect(ofTask.body).toMatchObject({ annotates: { kind: 'task', id: 'refunds-17' } });
    const id = textAt(ofTask.body, 'id');
    expect((await annotate('admin', { about: id, note: 'agreed' })).body).toMatchObject({
      annotates: { kind: 'record', id },
    });
    const told = await world.ask('GET', '/v1/audit/tasks/refunds-17', {
      as: world.credential('auditor'),
    });
    expect(told.body).toMatchObject({ annotations: [{ record: { id } }] });
    const exported = await world.ask('GET', '/v1/audit/export?q=task:refunds-17', {
      as: world.credential('auditor'),
    });
    expect(exported.body).toMatchObject({ entries: [{}], annotations: [{ record: { id } }] });
  });

  it('is about nothing of another tenant, and about nothing that is not there [AUD-20]', async () => {
    const theirs = await write({ tenant: 'other', task: 'their-task' });
    for (const about of [
      theirs,
      'their-task',
      'nobody',
      'a"b',
      '0199c0de-0000-7000-8000-000000000000',
    ]) {
      const { status, body } = await annotate('admin', { about, note: 'x' });
      expect([status, body['code']], about).toEqual([404, 'audit/record-unknown']);
    }
    expect(annotated()).toEqual([]);
    expect((await annotate('auditor', { about: theirs, note: 'ours' }, 'other')).status).toBe(200);
  });

  it('is by whoever may read that record: an owner of its agent of that alone', async () => {
    const put = async (kind: string, name: string, spec: JsonObject) => {
      const body = { kind, name, spec, reason: 'x' };
      const told = await world.ask('POST', '/v1/documents', {
        as: world.credential('admin'),
        body,
      });
      expect(told.status, JSON.stringify(told.body)).toBe(200);
    };
    await put('ToolServer', 'fake', { connect: { url: 'http://127.0.0.1:1/mcp' } });
    await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
    await put('Agent', 'theirs', { owner: 'owner-main', purpose: 'x', manifest: 'work' });
    await put('Agent', 'others', { owner: 'ann', purpose: 'x', manifest: 'work' });
    const by = (name: string) => ({ actors: [{ kind: 'agent' as const, name }], task: 'own-task' });
    const [own, other] = [await write(by('theirs')), await write(by('others'))];
    const human = await write({ actors: [{ kind: 'human', name: 'theirs' }] });
    expect((await annotate('owner', { about: own, note: 'x' })).status).toBe(200);
    for (const about of [other, human, 'own-task']) {
      expect((await annotate('owner', { about, note: 'x' })).status, about).toBe(404);
    }
    for (const role of [
      'approver',
      'analyst',
      'auditor',
      'operator',
      'privacy',
      'admin',
    ] as const) {
      expect((await annotate(role, { about: other, note: 'x' })).status, role).toBe(200);
    }
    const body = { about: own, note: 'x' };
    expect((await world.ask('POST', '/v1/annotations', { body })).status).toBe(401);
  });

  it('is told at once where the index cannot be asked yet [AUD-20]', async () => {
    const about = await write();
    world.records.fault = new BailiwickError('audit/index-unavailable');
    const made = textAt((await annotate('analyst', { about, note: 'wrong' })).body, 'id');
    await annotate('analyst', { about: made, note: 'another case', withdraw: true });
    expect((await show(about)).body).toMatchObject({
      annotations: null,
      pending: [
        { id: made, by: 'analyst-main', note: 'wrong', withdraws: false },
        { annotates: { id: made }, withdraws: true },
      ],
    });
  });

  it('is told as withdrawn in an export at once, before any log says so [AUD-20]', async () => {
    const about = await write();
    const made = textAt((await annotate('analyst', { about, note: 'wrong' })).body, 'id');
    const exported = async () => {
      const as = { as: world.credential('auditor') };
      const { body } = await world.ask('GET', '/v1/audit/export?q=action:policy.intent', as);
      return (body['annotations'] as JsonObject[]).map(({ record, withdrawnBy }) => [
        (record as JsonObject)['id'],
        withdrawnBy,
      ]);
    };
    expect(await exported()).toEqual([[made, undefined]]);
    const back = await annotate('analyst', { about: made, note: 'another case', withdraw: true });
    expect(await exported()).toEqual([[made, textAt(back.body, 'id')]]);
  });

  it('is withdrawn by an annotation of whoever made it, an auditor or an admin, and by nothing else [AUD-20]', async () => {
    const about = await write();
    const made = textAt((await annotate('analyst', { about, note: 'wrong' })).body, 'id');
    const withdraw = (role: Role, of: string) =>
      annotate(role, { about: of, note: 'was another case', withdraw: true });
    expect((await withdraw('operator', made)).status).toBe(403);
    expect((await withdraw('analyst', about)).status).toBe(422);
    const back = await withdraw('analyst', made);
    expect(back.status).toBe(200);
    expect(annotated().at(-1)).toMatchObject({ details: { record: made, withdraws: true } });
    expect((await withdraw('admin', textAt(back.body, 'id'))).status).toBe(422);
    expect((await withdraw('auditor', made)).status).toBe(200);
    expect((await show(made)).status).toBe(200);
  });

  it('is text of at most reasonBytes, and none where it cannot be recorded', async () => {
    const about = await write();
    const long = 'ü'.repeat(limits.reasonBytes / 2);
    expect((await annotate('auditor', { about, note: long })).status).toBe(200);
    for (const note of [`${long}x`, '', ' \n', 7]) {
      expect((await annotate('auditor', { about, note })).status).toBe(422);
    }
    world.log.refuses = ({ type }) => type === 'log.annotated';
    expect((await annotate('auditor', { about, note: 'x' })).body).toMatchObject({
      code: 'audit/unavailable',
    });
    expect(annotated()).toHaveLength(1);
  });

  it('that nobody can look for is said to be unknown, and the record is shown all the same', async () => {
    const about = await write();
    world.records.fault = new BailiwickError('audit/index-unavailable');
    const { status, body } = await show(about);
    expect(status).toBe(200);
    expect(body).toMatchObject({ record: { id: about }, annotations: null });
  });
});
