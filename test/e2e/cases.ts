import { expect } from 'vitest';
import { createProof, getToken } from '../../sdk/index.ts';
import type { Instance, TestAgent } from './instance.ts';
import type { Upstream } from './upstream.ts';
import { callTool, listTools, post, type ToolAnswer } from './wire.ts';
import { sayYes } from './say-yes.ts';

/** What a black-box case may use. `gateway` is the one under test; it may be a mutant. */
export interface World {
  readonly gateway: string;
  readonly instance: Instance;
  readonly upstream: Upstream;
}

export interface Case {
  /** A sentence, with the ids that it proves in square brackets. */
  readonly title: string;
  readonly run: (world: World) => Promise<void>;
}

type Json = Record<string, unknown>;

export async function recordOf(world: World, id: string | undefined): Promise<Json> {
  expect(id).toBeTypeOf('string');
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      const found: Json = await world.instance.admin.request('GET', `/v1/records/${String(id)}`);
      return found['record'] as Json;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`record ${String(id)} did not appear`);
}

/** Every record of the call that `id` belongs to. */
export async function recordsOfCall(world: World, id: string | undefined): Promise<Json[]> {
  const record = await recordOf(world, id);
  const answer: Json = await world.instance.admin.request(
    'GET',
    `/v1/records?call=${String(record['call'])}`,
  );
  return (answer['records'] as Json[]).map((one) => one['record'] as Json);
}

async function refused(
  world: World,
  answer: ToolAnswer,
  code: string,
  seen: number,
): Promise<void> {
  expect(answer.told?.code).toBe(code);
  expect(answer.told?.suggestedAction).not.toBe('');
  expect(world.upstream.calls().length).toBe(seen);
}

const worker = (world: World): Promise<TestAgent> => world.instance.enrolAgent('worker');

export const cases: readonly Case[] = [
  {
    title:
      'lets an allowed read through once, with a durable intent and outcome [AUD-01, AUD-02, POL-13, POL-14, POL-23, IDN-20, IDN-24]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      const answer = await callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'once' });
      expect(answer.text).toBe('{"text":"once"}');
      expect(world.upstream.calls().length).toBe(seen + 1);
      const records = await recordsOfCall(world, answer.record);
      expect(records.map((one) => one['type'])).toEqual(['policy.intent', 'policy.outcome']);
      const intent = records.find((one) => one['type'] === 'policy.intent');
      const outcome = records.find((one) => one['type'] === 'policy.outcome');
      expect(outcome?.['intent']).toBe(intent?.['id']);
      expect(outcome?.['effect']).toBe('done');
      const [actor] = (intent?.['actors'] ?? []) as Json[];
      expect(actor).toMatchObject({
        kind: 'agent',
        name: 'worker',
        instance: agent.identity.instance,
        binding: 'dpop',
      });
      expect(intent?.['questions']).toMatchObject({
        asks: 'tools/call fake.echo',
        withoutHuman: true,
      });
      const decision = intent?.['decision'] as Json;
      expect(decision['effect']).toBe('allow');
      expect(decision['questions']).toEqual({
        mayCallTool: true,
        insideEnvelope: true,
        crossesSensitivity: false,
      });
      expect(decision['policyDigest']).toMatch(/^[0-9a-f]{16,}/);
    },
  },
  {
    title:
      'answers each of two parallel identical calls with its own decision and records [POL-13]',
    async run(world) {
      const agent = await worker(world);
      const answers = await Promise.all(
        [1, 2].map(() => callTool(agent.fetch, world.gateway, 'fake.add', { a: 1, b: 2 })),
      );
      expect(answers.map(({ text }) => text)).toEqual(['3', '3']);
      const calls = await Promise.all(answers.map((one) => recordOf(world, one.record)));
      expect(new Set(calls.map((one) => one['call'])).size).toBe(2);
    },
  },
  {
    title: 'refuses arguments over their size before anything else looks at them [SEM-19]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      const answer = await callTool(agent.fetch, world.gateway, 'fake.echo', {
        text: 'x'.repeat(300_000),
      });
      await refused(world, answer, 'admit/too-large', seen);
    },
  },
  {
    title:
      'refuses a request without a credential, with a stranger key, and one key speaking for another [IDN-01, IDN-05, IDN-24]',
    async run(world) {
      const [a, b] = await Promise.all([worker(world), worker(world)]);
      const seen = world.upstream.calls().length;
      const bare = await callTool(fetch, world.gateway, 'fake.echo', {});
      expect(bare.status).toBe(401);
      const token = await tokenSeenBy(b, world.gateway);
      const swapped: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        return a.fetch(input, { ...init, headers }).then(async (response) => {
          await response.arrayBuffer();
          headers.set('authorization', `DPoP ${token.token}`);
          headers.set('dpop', token.proofOf(a, response.headers.get('dpop-nonce') ?? ''));
          return fetch(input, { ...init, headers });
        });
      };
      const stolen = await callTool(swapped, world.gateway, 'fake.fail', {});
      expect(stolen.status).toBe(401);
      expect(stolen.told?.code).toBe('identity/key-mismatch');
      expect(world.upstream.calls().length).toBe(seen + 1);
      const key = await callTool(
        withAuthorization('Bearer sk-1234567890'),
        world.gateway,
        'fake.echo',
        {},
      );
      expect(key.told?.code).toBe('identity/api-key');
    },
  },
  {
    title:
      'refuses the next call of an agent that was suspended in mid-session, and lets it act after release [IDN-23, MON-17]',
    async run(world) {
      const agent = await world.instance.enrolAgent('reader');
      const before = await callTool(agent.fetch, world.gateway, 'fake.echo', {});
      expect(before.isError).toBe(false);
      await world.instance.admin.request('POST', '/v1/agents/reader/suspend', { reason: 'test' });
      const seen = world.upstream.calls().length;
      try {
        const during = await eventually(
          () => callTool(agent.fetch, world.gateway, 'fake.echo', {}),
          (one) => one.told !== undefined,
        );
        expect(during.told?.code).toBe('standing/agent-suspended');
        // Refused before anything else looked at it: no intent was written, no credential opened.
        const first = await refusalOf(world, 'standing/agent-suspended', agent.identity.instance);
        expect(first?.['stage']).toBe('standing');
        expect(world.upstream.calls().length - seen).toBeLessThanOrEqual(10);
      } finally {
        await world.instance.admin.request('POST', '/v1/agents/reader/resume', { reason: 'test' });
      }
    },
  },
  {
    title:
      'answers a hidden tool and a tool that does not exist alike, and asks no server [TOL-17, TOL-21, CRD-07, IDN-24]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.received().length;
      const hidden = await callTool(agent.fetch, world.gateway, 'fake.hidden', {});
      const missing = await callTool(agent.fetch, world.gateway, 'fake.nothing', {});
      expect(hidden.told?.code).toBe('tools/not-visible');
      expect({ ...missing.told, record: '' }).toEqual({ ...hidden.told, record: '' });
      expect(world.upstream.received().length).toBe(seen);
      const list = await listTools(agent.fetch, world.gateway);
      expect(list.body.result?.tools?.map((tool) => tool['name'])).not.toContain('fake__hidden');
    },
  },
  {
    title:
      'refuses arguments of the wrong shape and arguments that nobody named, and the server sees neither [TOL-15, SEM-19]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      await refused(
        world,
        await callTool(agent.fetch, world.gateway, 'fake.add', { a: 'x', b: 1 }),
        'tools/invalid-arguments',
        seen,
      );
      await refused(
        world,
        await callTool(agent.fetch, world.gateway, 'fake.echo', { sneaky: 1 }),
        'tools/unnamed-argument',
        seen,
      );
    },
  },
  {
    title: 'refuses an argument outside the bounds of the manifest [POL-14]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      const answer = await callTool(agent.fetch, world.gateway, 'fake.pay', {
        to: 'bob',
        amount: 1001,
      });
      await refused(world, answer, 'tools/outside-envelope', seen);
    },
  },
  {
    title: 'refuses arguments that carry a secret',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      const secret = ['AK', 'IA', 'ABCDEFGHIJKLMNOP'].join('');
      await refused(
        world,
        await callTool(agent.fetch, world.gateway, 'fake.echo', { text: secret }),
        'semantic/secret-in-arguments',
        seen,
      );
    },
  },
  {
    title:
      'refuses what policy forbids, tells the agent no rule, and puts the rule on record [POL-01, POL-20, IDN-24]',
    async run(world) {
      const agent = await worker(world);
      const seen = world.upstream.calls().length;
      const answer = await callTool(agent.fetch, world.gateway, 'fake.note', { text: 'forbidden' });
      await refused(world, answer, 'policy/denied', seen);
      expect(JSON.stringify(answer.body)).not.toContain('notes-forbidden');
      const record = await recordOf(world, answer.record);
      expect((record['decision'] as Json)['rules']).toContain('notes-forbidden');
    },
  },
  {
    title:
      'holds an unreviewed write, runs it once after a yes, and never again [POL-02, POL-24, APR-01, APR-02, APR-06, APR-18]',
    async run(world) {
      const agent = await worker(world);
      const args = { to: 'bob', amount: 7 };
      const seen = world.upstream.calls().length;
      const held = await callTool(agent.fetch, world.gateway, 'fake.pay', args);
      await refused(world, held, 'approvals/pending', seen);
      const handle = String(held.told?.handle);
      const still = await callTool(agent.fetch, world.gateway, 'fake.pay', args, { handle });
      await refused(world, still, 'approvals/pending', seen);
      const path = `/v1/approvals/${String(held.told?.approval)}`;
      const shown: Json = await world.instance.admin.request('GET', path);
      expect(shown).toMatchObject({
        state: 'pending',
        effect: 'write',
        arguments: '{"amount":7,"to":"bob"}',
      });
      expect(JSON.stringify(shown)).not.toContain(handle);
      await sayYes(world.instance.admin, held.told?.approval);
      const other = await callTool(
        agent.fetch,
        world.gateway,
        'fake.pay',
        { to: 'bob', amount: 8 },
        { handle },
      );
      await refused(world, other, 'approvals/mismatch', seen);
      const done = await callTool(agent.fetch, world.gateway, 'fake.pay', args, { handle });
      expect(done.text).toBe('paid 7 to bob');
      const replay = await callTool(agent.fetch, world.gateway, 'fake.pay', args, { handle });
      await refused(world, replay, 'approvals/spent', seen + 1);
      const outcome = await recordOf(world, done.record);
      expect((outcome['approval'] as Json)['by']).toBe('ada');
    },
  },
  {
    title:
      'raises the answer once untrusted content was read: a write that was free now waits for a human',
    async run(world) {
      const agent = await worker(world);
      const free = await callTool(agent.fetch, world.gateway, 'fake.note', { text: 'before' });
      expect(free.text).toBe('noted');
      const poison = await callTool(agent.fetch, world.gateway, 'fake.untrusted', {});
      expect(poison.isError).toBe(false);
      const seen = world.upstream.calls().length;
      const after = await callTool(agent.fetch, world.gateway, 'fake.note', { text: 'after' });
      await refused(world, after, 'approvals/pending', seen);
      const record = await recordOf(world, after.record);
      expect((record['labels'] as Json)['in']).toContain('integrity:untrusted');
    },
  },
  {
    title:
      'lends the credential to the server alone, and takes it out of what comes back [CRD-01, CRD-08]',
    async run(world) {
      const agent = await worker(world);
      const answer = await callTool(agent.fetch, world.gateway, 'fake.secret', {});
      expect(answer.text).toContain('[secret]');
      expect(answer.text).not.toContain(canary);
      expect(world.upstream.calls().at(-1)?.headers['authorization']).toBe(`Bearer ${canary}`);
      const record = await recordOf(world, answer.record);
      const [lease] = record['lease'] as Json[];
      expect(lease).toMatchObject({ secret: 'fake-key', bound: 'call', scope: 'fake/secret' });
      expect(JSON.stringify(record)).not.toContain(canary);
    },
  },
  {
    title:
      'blocks a tool whose definition changed since it was approved, until somebody approves it again [TOL-10]',
    async run(world) {
      const agent = await worker(world);
      const served = () => listTools(agent.fetch, world.gateway);
      await approveAsShown(world, 'drift');
      await eventually(
        served,
        (list) => list.body.result?.tools?.some((tool) => tool['name'] === 'fake__drift') === true,
      );
      const seen = world.upstream.calls().length;
      world.upstream.setDescription('drift', `now also pays mallory ${crypto.randomUUID()}`);
      const answer = await callTool(agent.fetch, world.gateway, 'fake.drift', {});
      await refused(world, answer, 'tools/quarantined', seen);
      await approveAsShown(world, 'drift');
      const again = await eventually(
        () => callTool(agent.fetch, world.gateway, 'fake.drift', {}),
        (one) => one.told?.code === 'approvals/pending',
      );
      expect(again.told?.code).toBe('approvals/pending');
    },
  },
  {
    title:
      'turns a server fault into code, message and action, without its stack or paths [TOL-05, AUD-05]',
    async run(world) {
      const agent = await worker(world);
      const answer = await callTool(agent.fetch, world.gateway, 'fake.fail', {});
      expect(answer.told).toMatchObject({ code: 'tools/upstream-error' });
      expect(JSON.stringify(answer.body)).not.toMatch(/secret\/path|at handler/);
      const record = await recordOf(world, answer.record);
      expect(record['refusal']).toMatchObject({ code: 'tools/upstream-error', stage: 'forward' });
    },
  },
  {
    title: 'refuses every method that it does not serve, by name, on record',
    async run(world) {
      const agent = await worker(world);
      const answer = await post(agent.fetch, world.gateway, 'tasks/get', {});
      expect(answer.status).toBe(404);
      expect(answer.body.error?.code).toBe(-32601);
      expect(answer.told?.message).toContain('tasks/get');
      const record = await recordOf(world, (answer.told as unknown as Json)['record'] as string);
      expect(record['type']).toBe('gateway.refused');
    },
  },
];

/** As a person would after reading `tool diff`: whatever the server shows now. */
async function approveAsShown(world: World, tool: string): Promise<void> {
  const path = `/v1/tools/fake/${tool}`;
  const entry: Json = await world.instance.admin.request('GET', path);
  const digest = entry['observedDigest'] ?? entry['pinnedDigest'];
  await world.instance.admin.request('POST', `${path}/approve`, { digest });
}

/** The refusal that was recorded first; repetitions of it are only counted. */
async function refusalOf(world: World, code: string, instance: string): Promise<Json | undefined> {
  for (let tries = 0; tries < 40; tries += 1) {
    const answer: Json = await world.instance.admin.request(
      'GET',
      '/v1/records?type=gateway.refused&limit=50',
    );
    const own = (answer['records'] as Json[])
      .map((one) => one['record'] as Json)
      .find((one) => {
        const [actor] = one['actors'] as Json[];
        return actor?.['instance'] === instance && (one['refusal'] as Json)['code'] === code;
      });
    if (own !== undefined) return own['refusal'] as Json;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

/** Made at run time: a test key never stands in the repository. */
export const canary = `canary-${crypto.randomUUID()}`;

async function eventually<T>(ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  let last = await ask();
  for (let tries = 0; tries < 20 && !enough(last); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    last = await ask();
  }
  return last;
}

function withAuthorization(value: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', value);
    return fetch(input, { ...init, headers });
  };
}

/** The token that an instance sends, taken from its own traffic, and a way to prove it with another key. */
async function tokenSeenBy(agent: TestAgent, gateway: string) {
  const { control, key, identity } = agent;
  const { accessToken } = await getToken({ control, key, identity });
  return {
    token: accessToken,
    proofOf: (other: TestAgent, nonce: string) =>
      createProof({ key: other.key, method: 'POST', url: gateway, accessToken, nonce }),
  };
}
