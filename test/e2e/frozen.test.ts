import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pause } from './crash-load.ts';
import type { TestAgent } from './instance.ts';
import { childOf, runningChildOf } from './processes.ts';
import { type SecondGateway, startSecondGateway } from './second-gateway.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';
import { sayYes } from './say-yes.ts';

let world: RunningWorld;
let second: SecondGateway;
let letGo: () => void = () => undefined;
let thaw: () => void = () => undefined;

beforeAll(async () => {
  world = await startWorld();
  second = await startSecondGateway(world.instance, 'gateway-2');
});
afterEach(() => {
  thaw();
  letGo();
});
afterAll(async () => {
  await second?.close();
  await world?.close();
});

interface Approved {
  readonly agent: TestAgent;
  readonly args: { to: string; amount: number };
  readonly handle: string;
  readonly approval: string;
}

let amount = 500;

/** A payment that a human has said yes to, not yet made. */
async function approved(): Promise<Approved> {
  amount += 1;
  const agent = await world.instance.enrolAgent('worker');
  const args = { to: 'bob', amount };
  const held = await callTool(agent.fetch, world.gateway, 'fake.pay', args);
  expect(held.told?.code).toBe('approvals/pending');
  await sayYes(world.instance.admin, held.told?.approval);
  return { agent, args, handle: String(held.told?.handle), approval: String(held.told?.approval) };
}

const present = ({ agent, args, handle }: Approved, gateway: string): Promise<ToolAnswer> =>
  callTool(agent.fetch, gateway, 'fake.pay', args, { handle });

const received = (): number => world.upstream.calls().length;

function freezeGateway(): void {
  const pid = childOf(world.instance.pid, 'gateway/main.ts');
  process.kill(pid, 'SIGSTOP');
  thaw = () => {
    thaw = () => undefined;
    process.kill(pid, 'SIGCONT');
  };
}

interface Frozen {
  /** What the frozen gateway says once it goes on. */
  readonly answer: Promise<ToolAnswer>;
}

/** The first gateway has spent the grant, and stands still with the call on its way. */
async function frozenAfterConsuming(
  grant: Approved,
  consumed: () => boolean | Promise<boolean>,
): Promise<Frozen> {
  letGo = world.upstream.hold();
  const answer = present(grant, world.gateway);
  await untilTrue(consumed);
  freezeGateway();
  letGo();
  return { answer };
}

async function isSpent({ approval }: Approved): Promise<boolean> {
  const shown: Record<string, unknown> = await world.instance.admin.request(
    'GET',
    `/v1/approvals/${approval}`,
  );
  return shown['state'] === 'spent';
}

describe('a gateway frozen right after it consumed a grant', () => {
  it('leaves nothing for another gateway, and finishes its own call once it goes on [APR-02, APR-06]', async () => {
    const grant = await approved();
    const seen = received();
    const frozen = await frozenAfterConsuming(grant, () => received() > seen);
    const refused = await present(grant, second.gateway);
    expect(refused.told?.code).toBe('approvals/spent');
    thaw();
    expect((await frozen.answer).text).toBe(`paid ${grant.args.amount} to bob`);
    expect(received()).toBe(seen + 1);
  });

  it('lets none of 100 concurrent presentations over both gateways through [APR-02, APR-06]', async () => {
    const grant = await approved();
    const seen = received();
    const frozen = await frozenAfterConsuming(grant, () => isSpent(grant));
    const many = Array.from({ length: 100 }, (_, at) =>
      present(grant, at % 2 === 0 ? world.gateway : second.gateway),
    );
    const other = await Promise.all(many.filter((_, at) => at % 2 === 1));
    expect(other.filter(({ told }) => told === undefined)).toEqual([]);
    thaw();
    const answers = await Promise.all(many);
    expect((await frozen.answer).text).toBe(`paid ${grant.args.amount} to bob`);
    const codes = new Set(answers.map(({ told }) => told?.code ?? 'done'));
    expect(codes).toContain('approvals/spent');
    for (const code of codes) expect(['approvals/spent', 'standing/breaker']).toContain(code);
    expect(received()).toBe(seen + 1);
  });
});

describe('a gateway killed while a call is on its way', () => {
  it('refuses the same write until somebody has looked, over every later crash and restart, and says that its effect is unknown [AUD-05]', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const args = { text: 'written once, perhaps' };
    const note = () => callTool(agent.fetch, world.gateway, 'fake.note', args);
    await killWith(note);
    expect((await untilAnswered(note)).told?.code).toBe('audit/unreconciled');
    expect(await newestOutcome(agent)).toMatchObject({
      effect: 'unknown',
      named: 'fake.note',
      details: { recovered: true },
    });
    const seen = received();
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await endGateway(signal);
      expect((await untilAnswered(note)).told?.code).toBe('audit/unreconciled');
    }
    const other = { text: 'another note' };
    expect((await callTool(agent.fetch, world.gateway, 'fake.note', other)).text).toBe('noted');
    expect(received()).toBe(seen + 1);
  });

  it('still refuses a write whose server never answered, after a clean restart [AUD-05]', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const args = { text: 'sent, never answered' };
    const note = () => callTool(agent.fetch, world.gateway, 'fake.note', args);
    letGo = world.upstream.hold();
    expect((await note()).told?.effect).toBe('unknown');
    letGo();
    await endGateway('SIGTERM');
    expect((await untilAnswered(note)).told?.code).toBe('audit/unreconciled');
  });

  it('does not stand in the way of the same read [AUD-05]', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const echo = () => callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'read again' });
    await killWith(echo);
    expect((await untilAnswered(echo)).text).toBe('{"text":"read again"}');
  });
});

/** The gateway dies after the server got the call and before it could answer. */
async function killWith(call: () => Promise<ToolAnswer>): Promise<void> {
  const seen = received();
  letGo = world.upstream.hold();
  const broken = expect(call()).rejects.toThrow();
  await untilTrue(() => received() > seen);
  await endGateway('SIGKILL');
  await broken;
  letGo();
}

async function endGateway(signal: NodeJS.Signals): Promise<void> {
  const pid = childOf(world.instance.pid, 'gateway/main.ts');
  process.kill(pid, signal);
  await untilTrue(
    () => ![undefined, pid].includes(runningChildOf(world.instance.pid, 'gateway/main.ts')),
  );
}

/** Refusals of a gateway that is starting are not its answer. */
async function untilAnswered(ask: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  const starting = ['stop/unconfirmed', 'gateway/not-ready', 'semantic/label-unavailable'];
  for (let tries = 0; tries < 1_000; tries += 1) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && !starting.includes(answer.told?.code ?? '')) return answer;
    await pause(50);
  }
  throw new Error(`no answer\n${world.instance.output()}`);
}

async function newestOutcome(agent: TestAgent): Promise<unknown> {
  let found: unknown;
  await untilTrue(async () => {
    const answer: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/records?type=policy.outcome&agent=worker&limit=20',
    );
    const { instance } = agent.identity;
    const records = (answer['records'] as { record: Record<string, unknown> }[])
      .map(({ record }) => record)
      .filter(({ actors }) => JSON.stringify(actors).includes(instance));
    found = records.at(-1);
    return found !== undefined;
  });
  return found;
}

async function untilTrue(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await pause(10);
  }
  throw new Error(`it did not become true\n${world.instance.output()}`);
}
