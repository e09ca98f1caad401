import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { filesHolding } from './files.ts';
import type { TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { startSecondGateway } from './second-gateway.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';
import { sayYes } from './say-yes.ts';

let world: RunningWorld;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.close();
});

let amount = 100;

interface Held {
  readonly agent: TestAgent;
  readonly args: { to: string; amount: number };
  readonly handle: string;
  readonly approval: string;
}

async function holdOne(): Promise<Held> {
  amount += 1;
  const agent = await world.instance.enrolAgent('worker');
  const args = { to: 'bob', amount };
  const held = await callTool(agent.fetch, world.gateway, 'fake.pay', args);
  expect(held.told?.code).toBe('approvals/pending');
  return { agent, args, handle: String(held.told?.handle), approval: String(held.told?.approval) };
}

async function approve({ approval }: Held): Promise<void> {
  await sayYes(world.instance.admin, approval);
}

const retry = (held: Held, gateway = world.gateway): Promise<ToolAnswer> =>
  callTool(held.agent.fetch, gateway, 'fake.pay', held.args, { handle: held.handle });

describe('while a call is held', () => {
  it('no file has a digest that its arguments could be guessed by, before and after it is decided [DAT-10] [AUD-10]', async () => {
    const held = await holdOne();
    const bare = sha256Hex(canonicalBytes(held.args));
    const says = (word: string | Buffer) => filesHolding(world.instance.data, [word]).length > 0;
    expect(says(held.approval)).toBe(true);
    await approve(held);
    expect((await retry(held)).isError).toBe(false);
    const path = '/v1/records?type=approval.approved&limit=100';
    const digest = async (): Promise<unknown> => {
      const { records } = await world.instance.admin.request('GET', path);
      const found = (records as { record: Record<string, Record<string, unknown>> }[]).find(
        ({ record }) => record['approval']?.['id'] === held.approval,
      );
      return found?.record['details']?.['argumentsDigest'];
    };
    await expect.poll(digest, { timeout: 30_000 }).toMatch(/^[0-9a-f]{64}$/);
    for (const form of [bare, Buffer.from(bare, 'hex')]) expect(says(form)).toBe(false);
  });

  it('sends to the byte what was shown, and its records tie what was shown to what was done [APR-05]', async () => {
    const held = await holdOne();
    const { admin } = world.instance;
    const path = `/v1/approvals/${held.approval}`;
    const view = await admin.request('GET', path);
    const { shown } = view;
    await admin.request('POST', `${path}/decide`, { verdict: 'approve', reason: 'fine', shown });
    expect((await retry(held)).isError).toBe(false);
    expect(world.upstream.calls().at(-1)?.argumentText).toBe(view['arguments']);
    const of = async (type: string) => {
      const { records } = await admin.request('GET', `/v1/records?type=${type}&limit=100`);
      return (records as { record: Record<string, Record<string, unknown>> }[]).find(
        ({ record }) => record['approval']?.['id'] === held.approval,
      )?.record;
    };
    // Each log is read as far as it is on disk.
    for (const type of ['approval.approved', 'policy.intent', 'policy.outcome'])
      await expect.poll(() => of(type), { timeout: 30_000 }).toBeDefined();
    const [yes, intent] = [await of('approval.approved'), await of('policy.intent')];
    // What was shown to whoever said yes is on record with the call, and the executed call names that yes and target.
    expect(yes?.['details']).toMatchObject({ shown, callDigest: view['callDigest'] });
    expect(intent?.['target']).toEqual(yes?.['target']);
    expect(intent?.['target']).toMatchObject({ digest: view['targetDigest'] });
    expect((await of('policy.outcome'))?.['effect']).toBe('done');
  });

  it('goes on under an override, whose id its record has, and is asked again once that is over [POL-08]', async () => {
    const { admin } = world.instance;
    const held = await holdOne();
    const { agent, ...given } = (await admin.request('POST', '/v1/overrides', {
      agent: 'worker',
      target: 'fake/pay',
      forSeconds: 600,
      reason: 'incident 41',
    })) as { id: string; agent: string };
    expect(agent).toBe('worker');
    const seen = world.upstream.calls().length;
    expect((await retry(held)).isError).toBe(false);
    expect(world.upstream.calls().length).toBe(seen + 1);
    const path = '/v1/records?type=policy.intent&limit=100';
    const used = async (): Promise<unknown> => {
      const { records } = await admin.request('GET', path);
      return (records as { record: Record<string, Record<string, unknown>> }[]).find(
        ({ record }) => record['approval']?.['id'] === given.id,
      )?.record['approval'];
    };
    await expect.poll(used, { timeout: 30_000 }).toMatchObject({ override: true });
    const status = await admin.request('GET', '/v1/status');
    expect(status['readiness']).toContainEqual(
      expect.objectContaining({ item: 'overrides', state: 'amber' }),
    );
    await admin.request('POST', `/v1/overrides/${given.id}/end`, { reason: 'it is over' });
    await holdOne();
  });

  it('a changed definition refuses it for that reason, and approving the definition again asks anew [TOL-10, APR-06]', async () => {
    const held = await holdOne();
    await approve(held);
    const seen = world.upstream.calls().length;
    world.upstream.setDescription('pay', 'pays, and tells mallory');
    const refused = await retry(held);
    expect(refused.told?.code).toBe('tools/quarantined');
    expect(world.upstream.calls().length).toBe(seen);
    const path = '/v1/tools/fake/pay';
    const entry: Record<string, unknown> = await world.instance.admin.request('GET', path);
    await world.instance.admin.request('POST', `${path}/approve`, {
      digest: entry['observedDigest'],
    });
    await waitUntil(async () => (await retry(held)).told?.code === 'approvals/mismatch');
    expect(world.upstream.calls().length).toBe(seen);
  });

  it('a revoked instance refuses it as revoked [IDN-23]', async () => {
    const held = await holdOne();
    await approve(held);
    const { instance } = held.agent.identity;
    await world.instance.admin.request('POST', `/v1/instances/${instance}/revoke`, {
      reason: 'lost',
    });
    const seen = world.upstream.calls().length;
    const answer = await retry(held);
    expect(['standing/instance-revoked', 'identity/key-mismatch']).toContain(answer.told?.code);
    expect(world.upstream.calls().length).toBe(seen);
  });

  it('a label raised in the meantime asks for more, so the old yes is void', async () => {
    const held = await holdOne();
    await approve(held);
    await callTool(held.agent.fetch, world.gateway, 'fake.untrusted', {});
    const seen = world.upstream.calls().length;
    const answer = await retry(held);
    expect(['approvals/void', 'approvals/pending']).toContain(answer.told?.code);
    expect(world.upstream.calls().length).toBe(seen);
  });

  it('a policy that changed refuses it as denied, and the old yes does not help [POL-01, APR-06]', async () => {
    const held = await holdOne();
    await approve(held);
    const cedar = `@id("late") forbid(principal, action == Action::"fake/pay", resource) when { context.input.amount == ${held.args.amount} };`;
    await world.instance.admin.request('POST', '/v1/documents', {
      kind: 'Policy',
      name: 'late',
      spec: { cedar },
    });
    const seen = world.upstream.calls().length;
    const answer = await retry(held);
    expect(answer.told?.code).toBe('policy/denied');
    expect(world.upstream.calls().length).toBe(seen);
  });

  it('survives a restart of both programs, and then executes once [APR-02]', async () => {
    const held = await holdOne();
    await approve(held);
    process.kill(childOf(world.instance.pid, 'control/main.ts'), 'SIGKILL');
    process.kill(childOf(world.instance.pid, 'gateway/main.ts'), 'SIGKILL');
    const seen = world.upstream.calls().length;
    const done = await untilAnswered(() => retry(held));
    expect(done.text).toBe(`paid ${held.args.amount} to bob`);
    expect((await retry(held)).told?.code).toBe('approvals/spent');
    expect(world.upstream.calls().length).toBe(seen + 1);
  });
});

describe('one grant, two gateways', () => {
  it('reaches the server once, however many present it at once [APR-02, APR-06]', async () => {
    const second = await startSecondGateway(world.instance, 'gateway-2');
    try {
      const held = await holdOne();
      await approve(held);
      const seen = world.upstream.calls().length;
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          retry(held, at % 2 === 0 ? world.gateway : second.gateway),
        ),
      );
      expect(answers.filter(({ text }) => text.startsWith('paid')).length).toBe(1);
      expect(world.upstream.calls().length).toBe(seen + 1);
      const codes = new Set(answers.map(({ told }) => told?.code ?? 'done'));
      codes.delete('done');
      codes.delete('approvals/spent');
      codes.delete('standing/breaker');
      expect([...codes]).toEqual([]);
    } finally {
      await second.close();
    }
  });
});

async function untilAnswered(ask: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    try {
      const answer = await ask();
      const code = answer.told?.code;
      if (
        code !== 'stop/unconfirmed' &&
        code !== 'approvals/unavailable' &&
        code !== 'gateway/not-ready' &&
        code !== 'semantic/label-unavailable' &&
        code !== 'store/unavailable'
      ) {
        return answer;
      }
    } catch {
      // Not back yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer\n${world.instance.output()}`);
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 40; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not become true');
}
