import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callDigestOf } from '#kernel/grant.ts';
import type { Role } from '#kernel/principal.ts';
import { approvalBinding, approvalContext } from '../../test/fakes/approval-asks.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
const streams: AbortController[] = [];

beforeAll(async () => {
  world = await createControlWorld();
  for (const [kind, name, spec] of [
    ['ToolServer', 'fake', { connect: { url: 'http://127.0.0.1:1/mcp' } }],
    ['Manifest', 'work', { tools: [{ tool: 'fake/pay' }] }],
    ['Agent', 'worker', { owner: 'owner-main', purpose: 'tests', manifest: 'work' }],
    ['Agent', 'other', { owner: 'somebody', purpose: 'tests', manifest: 'work' }],
  ] as const) {
    const body = { kind, name, spec, reason: 'ticket 12' };
    const as = world.credential('admin');
    expect(await world.ask('POST', '/v1/documents', { as, body })).toMatchObject({ status: 200 });
  }
});

afterEach(() => {
  for (const stream of streams.splice(0)) stream.abort();
});

afterAll(async () => {
  await world.close();
});

interface Heard {
  readonly status: number;
  readonly type: string | null;
  /** Everything that came, as it came. */
  text(): string;
  changes(): readonly Record<string, unknown>[];
  isOver(): boolean;
  stop(): void;
}

async function listen(credential: string): Promise<Heard> {
  const gone = new AbortController();
  streams.push(gone);
  const response = await fetch(`${world.url}/v1/events`, {
    headers: { authorization: `Bearer ${credential}` },
    signal: gone.signal,
  });
  let text = '';
  let over = false;
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })()
    .catch(() => undefined)
    .finally(() => (over = true));
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: () => text,
    changes: () =>
      [...text.matchAll(/^event: changed\ndata: (.*)$/gm)].map(
        ([, data]) => JSON.parse(data ?? '') as Record<string, unknown>,
      ),
    isOver: () => over,
    stop: () => gone.abort(),
  };
}

const as = (role: Role) => world.credential(role);
const patient = { timeout: 20_000 };

async function stop(name: string): Promise<void> {
  const target = { kind: 'agent', name };
  const body = { target, reason: 'a secret reason' };
  const answer = await world.ask('POST', '/v1/stops', { as: as('approver'), body });
  expect(answer).toMatchObject({ status: 200 });
}

async function hold(agent: string): Promise<void> {
  const binding = approvalBinding({ tenant: 'main', agent });
  const asked = { binding, callDigest: callDigestOf(binding), context: approvalContext(agent) };
  const now = world.clock.now();
  await world.store.grants.request({ ...asked, now, expiresAt: now + 60_000, pendingLimit: 100 });
}

describe('events of the API', () => {
  it('tell which lists changed, by counters, and nothing of what stands in them [OBS-07]', async () => {
    const heard = await listen(as('auditor'));
    expect(heard).toMatchObject({ status: 200, type: 'text/event-stream' });
    await expect.poll(() => heard.changes().length, patient).toBeGreaterThan(0);
    const whole = ['agents', 'approvals', 'documents', 'servers', 'stops', 'tools'];
    expect(Object.keys(heard.changes()[0] ?? {}).toSorted()).toEqual(whole);
    await stop('worker');
    await expect.poll(() => heard.changes().some((one) => one['stops'] === 1), patient).toBe(true);
    await hold('worker');
    await expect
      .poll(() => heard.changes().some((one) => one['approvals'] === 1), patient)
      .toBe(true);
    const values = heard.changes().flatMap((one) => Object.values(one));
    expect(values.filter((one) => typeof one !== 'number')).toEqual([]);
    expect(heard.text()).not.toMatch(/worker|secret|fake/);
    const unread = heard.text().replaceAll(/^(event: changed|data: \{.*\}|: still here|)$/gm, '');
    expect(unread.trim()).toBe('');
  });

  it('are on record once, when somebody begins to listen [AUD-15]', async () => {
    world.log.drafts.length = 0;
    const heard = await listen(as('auditor'));
    await expect.poll(() => heard.changes().length, patient).toBeGreaterThan(0);
    const read = world.log.drafts.filter(({ details }) => details?.['path'] === '/v1/events');
    expect(read).toMatchObject([{ type: 'api.read', actors: [{ name: 'auditor-main' }] }]);
  });

  it('tell an owner of their own agents alone', async () => {
    const heard = await listen(as('owner'));
    await expect.poll(() => heard.changes().length, patient).toBe(1);
    expect(Object.keys(heard.changes()[0] ?? {}).toSorted()).toEqual(['agents', 'approvals']);
    await stop('other');
    await hold('other');
    await world.ask('POST', '/v1/stops/release', {
      as: as('admin'),
      body: { target: { kind: 'agent', name: 'worker' }, reason: 'over' },
    });
    // Whatever look sees this has seen what was before it.
    await expect.poll(() => heard.changes().length, patient).toBe(2);
    expect(heard.changes()[1]).toEqual({ agents: 1 });
  });

  it('end with the credential, before anything more is told [IDN-19]', async () => {
    const body = { name: 'temp', role: 'auditor', reason: 'for a day' };
    const added = await world.ask('POST', '/v1/people', { as: as('admin'), body });
    const heard = await listen(textAt(added.body, 'credential'));
    await expect.poll(() => heard.changes().length, patient).toBeGreaterThan(0);
    const gone = { as: as('admin'), body: { reason: 'left' } };
    await world.ask('POST', '/v1/people/temp/remove', gone);
    const before = heard.changes().length;
    await stop('worker');
    await expect.poll(() => heard.isOver(), patient).toBe(true);
    expect(heard.text()).toMatch(/event: ended\ndata: \{\}\n\n$/);
    expect(heard.changes()).toHaveLength(before);
  });

  it('are for so many listeners of one person and no more, and a place is free again', async () => {
    const held = await Promise.all(Array.from({ length: 16 }, () => listen(as('operator'))));
    expect(held.map(({ status }) => status)).toEqual(held.map(() => 200));
    expect(await listen(as('operator'))).toMatchObject({ status: 429 });
    expect(await listen(as('analyst'))).toMatchObject({ status: 200 });
    held[0]?.stop();
    await expect.poll(async () => (await listen(as('operator'))).status, patient).toBe(200);
  });

  it('are for nobody who is not known, and say what is asked wrongly', async () => {
    expect(await listen('x'.repeat(44))).toMatchObject({ status: 401 });
  });
});
