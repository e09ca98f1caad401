import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pause } from './crash-load.ts';
import type { TestAgent } from './instance.ts';
import { childOf, runningChildOf } from './processes.ts';
import { type SecondGateway, startSecondGateway } from './second-gateway.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let second: SecondGateway;
let agent: TestAgent;
let letGo: () => void = () => undefined;

beforeAll(async () => {
  world = await startWorld();
  second = await startSecondGateway(world.instance, 'gateway-2');
  agent = await world.instance.enrolAgent('worker');
});
afterEach(() => letGo());
afterAll(async () => {
  await second?.close();
  await world?.close();
});

const received = (): number => world.upstream.calls().length;
const note = (text: string, gateway: string): Promise<ToolAnswer> =>
  callTool(agent.fetch, gateway, 'fake.note', { text });

async function untilTrue(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await pause(10);
  }
  throw new Error(`it did not become true\n${world.instance.output()}`);
}

/** Refusals of a gateway that is starting, and of a fence that still stands, are not the answer. */
async function untilAnswered(ask: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  const passing = ['stop/unconfirmed', 'gateway/not-ready', 'semantic/label-unavailable'];
  for (let tries = 0; tries < 1_000; tries += 1) {
    const answer = await ask().catch(() => undefined);
    const code = answer?.told?.code ?? '';
    if (answer !== undefined && ![...passing, 'audit/fenced'].includes(code)) return answer;
    await pause(50);
  }
  throw new Error(`no answer\n${world.instance.output()}`);
}

async function killFirst(): Promise<void> {
  const pid = childOf(world.instance.pid, 'gateway/main.ts');
  process.kill(pid, 'SIGKILL');
  await untilTrue(() => runningChildOf(world.instance.pid, 'gateway/main.ts') !== pid);
}

interface Effect {
  readonly id: string;
  readonly why: string;
  readonly target: string | null;
  readonly gateway: string;
}

async function effects(why: string): Promise<readonly Effect[]> {
  const answer: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/effects');
  return (answer['effects'] as Effect[]).filter((one) => one.why === why);
}

async function reconcile(id: string, happened: 'yes' | 'no'): Promise<void> {
  const body = { happened, reason: 'looked at the server' };
  await world.instance.admin.request('POST', `/v1/effects/${id}/reconcile`, body);
}

describe('with two gateways', () => {
  it('a write of unknown effect is refused on both until a person has looked, who is on record [AUD-05]', async () => {
    const text = 'unknown on the first';
    const seen = received();
    letGo = world.upstream.hold();
    // The server never answers: the gateway gives up after the time that its document allows.
    expect((await note(text, world.gateway)).told?.effect).toBe('unknown');
    letGo();
    for (const gateway of [second.gateway, world.gateway]) {
      expect((await untilAnswered(() => note(text, gateway))).told?.code).toBe(
        'audit/unreconciled',
      );
    }
    expect(received()).toBe(seen + 1);
    const [effect] = await effects('unreconciled');
    expect(effect).toMatchObject({ target: 'tool:fake/note', gateway: 'gateway-1' });
    await reconcile(String(effect?.id), 'no');
    await untilTrue(async () => (await note(text, second.gateway)).text === 'noted');
    // The log is read from its tiles, which follow the write-ahead file.
    await untilTrue(async () => {
      const found: Record<string, unknown> = await world.instance.admin.request(
        'GET',
        '/v1/records?type=effect.reconciled&limit=5',
      );
      return JSON.stringify(found['records']).includes('looked at the server');
    });
  });

  it('what one of them left open when it was killed is not repeated on the other [AUD-05]', async () => {
    const text = 'open when the first was killed';
    const seen = received();
    letGo = world.upstream.hold();
    const broken = expect(note(text, world.gateway)).rejects.toThrow();
    await untilTrue(() => received() > seen);
    await killFirst();
    await broken;
    // The first moments after a death are fenced by nobody (docs/known-gaps.md, Effects).
    await untilTrue(async () => {
      const open = [...(await effects('fenced')), ...(await effects('unreconciled'))];
      return open.length > 0;
    });
    await untilTrue(async () => {
      const code = (await note(text, second.gateway)).told?.code ?? '';
      return ['audit/fenced', 'audit/unreconciled'].includes(code);
    });
    letGo();
    expect((await untilAnswered(() => note(text, second.gateway))).told?.code).toBe(
      'audit/unreconciled',
    );
    // Once its journal was read the fence is lifted: other writes of the task go on.
    await untilTrue(async () => (await effects('fenced')).length === 0);
    const other = await untilAnswered(() => note('another note', second.gateway));
    expect(other.text).toBe('noted');
    expect(received()).toBe(seen + 2);
  });

  it('a write that was done just before a kill is answered with what was done, on both', async () => {
    const text = 'done, then killed';
    await untilAnswered(() => note('the first is back', world.gateway));
    const seen = received();
    const done = await untilAnswered(() => note(text, world.gateway));
    expect(done.text).toBe('noted');
    await killFirst();
    const again = await untilAnswered(() => note(text, world.gateway));
    expect(again.told).toMatchObject({
      code: 'audit/already-done',
      details: { effect: 'done', retry: false, ref: done.record },
    });
    const elsewhere = await untilAnswered(() => note(text, second.gateway));
    expect(elsewhere.told?.code).toBe('audit/already-done');
    expect(received()).toBe(seen + 1);
    for (const { id } of await effects('already-done')) await reconcile(id, 'yes');
    await untilTrue(async () => (await note(text, second.gateway)).text === 'noted');
  });

  it('the labels of an agent are one for both, for a new key and for an unbound bearer, until its task ends', async () => {
    const payment = (who: TestAgent, gateway: string, amount: number) =>
      callTool(who.fetch, gateway, 'fake.pay', { to: 'bob', amount });
    await callTool(agent.fetch, world.gateway, 'fake.untrusted', {});
    const fresh = await world.instance.enrolAgent('worker');
    const held = await payment(fresh, second.gateway, 701);
    expect(held.told?.code).toBe('approvals/pending');
    const shown: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      `/v1/approvals/${held.told?.approval}`,
    );
    expect(shown['labels']).toContain('integrity:untrusted');
    const listed: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/tasks?agent=worker',
    );
    const [task] = listed['tasks'] as { id: string; labels: string[] }[];
    expect(task?.labels).toContain('integrity:untrusted');
    await world.instance.admin.request('POST', `/v1/tasks/${task?.id}/end`, { reason: 'over' });
    const gone: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      `/v1/approvals/${held.told?.approval}`,
    );
    expect(gone['state']).toBe('void');
    await untilTrue(async () => {
      const answer = await payment(fresh, world.gateway, 702);
      return answer.told?.code === 'approvals/pending';
    });
    const pending: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/approvals?state=pending&agent=worker',
    );
    const [next] = pending['approvals'] as { labels: string[] }[];
    expect(next?.labels).not.toContain('integrity:untrusted');
  });
});
