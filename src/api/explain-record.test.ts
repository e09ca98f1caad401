import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type Role, roles } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';

const cedar = '@id("refunds/never")\nforbid(principal, action, resource);';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
  await put('ToolServer', 'fake', { connect: { url: 'http://127.0.0.1:1/mcp' } });
  await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  await put('Agent', 'worker', { owner: 'admin-main', purpose: 'p', manifest: 'work' });
});
afterEach(() => world.close());

async function put(kind: string, name: string, spec: JsonObject): Promise<void> {
  const body = { kind, name, spec, reason: 'ticket 12' };
  const { status, body: told } = await world.ask('POST', '/v1/documents', {
    as: world.credential('admin'),
    body,
  });
  expect(told).toMatchObject(status === 200 ? {} : { code: 'none' });
}

async function digest(): Promise<string> {
  const { body } = await world.ask('GET', '/v1/policies', { as: world.credential('auditor') });
  return textAt(body, 'digest');
}

const draft = (over: Partial<RecordDraft> = {}): RecordDraft => ({
  type: 'gateway.refused',
  tenant: 'main',
  actors: [{ kind: 'agent', name: 'worker', instance: 'i-1', binding: 'dpop' }],
  call: 'call-1',
  method: 'tools/call',
  named: 'fake.pay',
  session: 's-1',
  task: 't-1',
  labels: { in: [], out: [] },
  snapshot: 'another',
  effect: 'none',
  refusal: { stage: 'decide', code: 'policy/denied', message: 'policy does not allow this call' },
  ...over,
});

const decidedBy = (policyDigest: string) => ({
  effect: 'deny' as const,
  rules: ['refunds/never'],
  policyDigest,
  questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
  errors: [],
});

async function recorded(over: Partial<RecordDraft> = {}): Promise<string> {
  return (await world.log.record(draft(over))).id;
}

const textOf = (lines: Json | undefined) => JSON.stringify(lines);

const explain = (id: string, role: Role = 'auditor', body: JsonObject = {}) =>
  world.ask('POST', `/v1/records/${id}/explain`, { as: world.credential(role), body });

describe('a record that is explained', () => {
  it('is told under the policies of its time, where they are kept, with the place of the rule [POL-04]', async () => {
    await put('Policy', 'refunds', { cedar });
    const then = await digest();
    world.clock.advance(1_000);
    const id = await recorded({ decision: decidedBy(then) });
    expect((await explain(id)).body).toMatchObject({ footing: 'same-policies' });
    world.clock.advance(1_000);
    await put('Policy', 'refunds', { cedar: cedar.replace('never', 'other') });
    const { body } = await explain(id);
    expect(body).toMatchObject({
      verdict: 'refused',
      footing: 'put-back',
      rules: [{ id: 'refunds/never', policy: 'refunds', line: 1, column: 1, effect: 'forbid' }],
    });
    expect(textOf(body['lines'])).toContain('the policies of that time');
  });

  it('says so where what decided is not kept, and is told by what is in force', async () => {
    await put('Policy', 'refunds', { cedar });
    const id = await recorded({ decision: decidedBy('nobody knows') });
    const { body } = await explain(id);
    expect(body).toMatchObject({ footing: 'moved', rules: [{ policy: 'refunds' }] });
    expect(textOf(body['lines'])).toContain('what is in force NOW');
  });

  it.each<readonly [string, RecordDraft['refusal'], string]>([
    [
      'a rate',
      { stage: 'standing', code: 'standing/rate', message: 'this agent has reached its rate' },
      'ratePerMinute',
    ],
    [
      'a stop',
      { stage: 'standing', code: 'stop/active', message: 'a stop is in force' },
      'bailiwick release',
    ],
    [
      'a quarantine',
      { stage: 'resolve', code: 'tools/quarantined', message: 'this tool has changed' },
      'bailiwick tool diff fake/pay',
    ],
    [
      'a schema',
      { stage: 'resolve', code: 'tools/invalid-arguments', message: 'amount is no number' },
      'the message says where',
    ],
    [
      'who it is',
      { stage: 'identify', code: 'identity/task-ended', message: 'the task is over' },
      'bailiwick task begin',
    ],
    [
      'a decision point outside',
      { stage: 'decide', code: 'policy/pdp-denied', message: 'no' },
      'said no: it is changed there',
    ],
  ])('that was refused by %s says which gate it was, and its way out', async (_, refusal, way) => {
    const id = await recorded(refusal === undefined ? {} : { refusal });
    const { body } = await explain(id);
    expect(body).toMatchObject({
      verdict: 'refused',
      ended: 'nothing was sent, and nothing was done',
    });
    expect(body['summary']).toContain(`\`${refusal?.stage ?? ''}\` refused it`);
    expect(textOf(body['wayOut'])).toContain(way);
  });

  it('is told without the index too, and says what is then not known', async () => {
    const id = await recorded({ labels: { in: ['integrity:untrusted'], out: [] } });
    world.records.ask = () => Promise.reject(new BailiwickError('audit/unavailable'));
    const { status, body } = await explain(id);
    expect(status).toBe(200);
    expect(textOf(body['lines'])).toContain('the index cannot be asked');
  });

  it('is for people who may read the log, and for nobody of another tenant', async () => {
    const id = await recorded();
    for (const role of roles) {
      const { status } = await explain(id, role);
      expect([role, status]).toEqual([role, role === 'owner' ? 403 : 200]);
    }
    expect((await world.ask('POST', `/v1/records/${id}/explain`, { body: {} })).status).toBe(401);
    const as = world.credential('auditor', 'other');
    const other = await world.ask('POST', `/v1/records/${id}/explain`, { as, body: {} });
    expect(other.body).toMatchObject({ code: 'audit/record-unknown' });
  });

  it('is on record as a look into the log, and is of a decision', async () => {
    const id = await recorded();
    await explain(id);
    expect(world.log.drafts.at(-1)).toMatchObject({ type: 'log.read' });
    const { body } = await explain(await recorded({ type: 'log.gap' }));
    expect(body).toMatchObject({ code: 'api/invalid' });
  });
});

describe('calls that are tried', () => {
  const tried = (body: JsonObject, role: Role = 'auditor') =>
    world.ask('POST', '/v1/policies/try', { as: world.credential(role), body });
  const cases = [{ agent: 'worker', target: 'fake/pay', expect: 'refused' }];

  it('are judged by what is in force beside what is proposed, and nothing of it is kept [POL-07]', async () => {
    const agent = { owner: 'admin-main', purpose: 'p', manifest: 'work', environment: 'test' };
    const documents = [
      { kind: 'Agent', name: 'newcomer', spec: agent },
      { kind: 'Policy', name: 'refunds', spec: { cedar } },
    ];
    const before = world.snapshot();
    const decided = world.log.drafts.length;
    const { status, body } = await tried({
      documents,
      cases: [...cases, { ...cases[0], agent: 'newcomer' }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      problems: [],
      cases: [{ asExpected: true }, { agent: 'newcomer', way: 'same' }],
    });
    expect(world.snapshot()).toBe(before);
    // That it was asked is all that is on record.
    expect(world.log.drafts.slice(decided)).toMatchObject([{ type: 'api.read' }]);
  });

  it('are told, one at a time, with the nearest change that would let it through as proposed [POL-04]', async () => {
    const documents = [{ kind: 'Policy', name: 'refunds', spec: { cedar } }];
    const one = [{ agent: 'worker', target: 'fake/pay' }];
    const asked = await tried({ documents, cases: one, nearest: true });
    expect(asked.body).toMatchObject({
      cases: [{ nearest: { arguments: 'least', isWhole: true } }],
    });
    // Who does not ask for it pays nothing for it.
    expect((await tried({ documents, cases: one })).body).toMatchObject({
      cases: [{ nearest: null }],
    });
    const many = await tried({ cases: [...one, ...one], nearest: true });
    expect([many.status, many.body]).toMatchObject([422, { code: 'api/invalid' }]);
  });

  it('are not tried while what is proposed cannot be in force, and it says why', async () => {
    const documents = [{ kind: 'Policy', name: 'broken', spec: { cedar: 'permit(principal);' } }];
    const { body } = await tried({ documents, cases });
    expect(body).toMatchObject({
      problems: [{ policy: 'broken' }],
      cases: [],
      configuration: null,
    });
    const remove = [{ kind: 'Policy', name: 'nobody' }];
    expect((await tried({ remove, cases })).body).toMatchObject({ code: 'api/not-found' });
  });
});
