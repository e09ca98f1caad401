import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readHolder } from '#storage/journal/holder.ts';
import { getToken } from '../../sdk/index.ts';
import { runCli } from './cli.ts';
import { type Client, clientOf, Connection, connectionToEach, writerOf } from './connection.ts';
import { type Instance, startInstance } from './instance.ts';
import { descendants, endNow } from './processes.ts';
import type { ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';
import { sayYes } from './say-yes.ts';

const writers = ['gateway-1', 'gateway-2'] as const;
/** Whose instances share no labels. */
const own = `---
kind: Agent
name: own
spec: { owner: ada@example.com, purpose: works alone, manifest: work, tasks: perInstance }
`;
/** Sixty calls at once and one a minute: what comes above is not refilled while a test runs. */
const hasty = `---
kind: Agent
name: hasty
spec: { owner: ada@example.com, purpose: calls too often, manifest: work, rate: { perMinute: 1, burst: 60 } }
`;

type Each = Readonly<Record<(typeof writers)[number], Connection>>;

let world: RunningWorld;
let client: Client;
let each: Each;
let letGo: () => void = () => undefined;

const admin = (path: string, body: unknown) => world.instance.admin.request('POST', path, body);

async function newClient(agent = 'worker'): Promise<Client> {
  return clientOf(await world.instance.enrolAgent(agent), world.gateway);
}

function connectionsOf(of: Client): Promise<Each> {
  return connectionToEach(world.instance, of, writers);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not become true\n${world.instance.output()}`);
}

function pidOf(instance: Instance, writer: string): number {
  return readHolder(join(instance.data, 'journal', writer))?.pid ?? 0;
}

const codeOf = (answer: ToolAnswer): string => answer.told?.code ?? String(answer.status);

beforeAll(async () => {
  world = await startWorld(hasty + own, { args: ['--gateways', '2'] });
  client = await newClient();
  each = await connectionsOf(client);
}, 120_000);
afterEach(() => letGo());
afterAll(async () => {
  for (const connection of Object.values(each ?? {})) connection.close();
  await world?.close();
}, 60_000);

describe('two gateways on one listener', () => {
  it('take the nonces of each other: after the first one nobody is asked for another', async () => {
    const fresh = await clientOf(client.agent, world.gateway);
    const pool = Array.from({ length: 16 }, () => new Connection(fresh));
    expect((await pool[0]?.call('fake.echo', { text: '0' }))?.status).toBe(401);
    const seen = new Set<string>();
    for (let at = 0; at < 200; at += 1) {
      const connection = pool[at % pool.length] as Connection;
      const answer = await connection.call('fake.echo', { text: String(at) });
      expect(answer.status).toBe(200);
      if (at < pool.length) seen.add(await writerOf(world.instance, answer));
    }
    expect(fresh.challenged).toBe(1);
    expect([...seen].sort()).toEqual(writers);
    for (const connection of pool) connection.close();
  });

  it('take no proof twice, at whichever of them it was used first [IDN-01]', async () => {
    const [one, other] = [each['gateway-1'], each['gateway-2']];
    // By its hash each is kept by one of them: twenty are kept by both, in both orders.
    for (let tries = 0; tries < 20; tries += 1) {
      const proof = one.proof();
      const [first, second] = tries % 2 === 0 ? [one, other] : [other, one];
      expect((await first.call('fake.echo', {}, undefined, proof)).status).toBe(200);
      const replayed = [
        await second.call('fake.echo', {}, undefined, proof),
        await first.call('fake.echo', {}, undefined, proof),
      ];
      expect(replayed.map(codeOf)).toEqual(['identity/replayed-proof', 'identity/replayed-proof']);
    }
    // At once at both: one of them passes.
    const raced = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const proof = one.proof();
        return Promise.all([one, other].map((it) => it.call('fake.echo', {}, undefined, proof)));
      }),
    );
    for (const answers of raced) {
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });

  it('are stopped together, and go on together', async () => {
    const target = { kind: 'agent', name: 'worker' };
    await admin('/v1/stops', { target, reason: 'a look' });
    for (const connection of Object.values(each)) {
      await until(async () => codeOf(await connection.call('fake.echo', {})) === 'stop/active');
    }
    await admin('/v1/stops/release', { target, reason: 'seen' });
    for (const connection of Object.values(each)) {
      await until(async () => (await connection.call('fake.echo', {})).status === 200);
    }
  });

  it('refuse a revoked instance within the stated bound, at whichever of them it calls, and it gets no new token [CRD-20]', async () => {
    const took: number[] = [];
    // By the overlay first, then by a roster that does not know its key any more.
    const outNow = ['standing/instance-revoked', 'identity/key-mismatch'];
    for (let round = 0; round < 3; round += 1) {
      const lost = await newClient();
      const connections = Object.values(await connectionsOf(lost));
      await admin(`/v1/instances/${lost.agent.identity.instance}/revoke`, { reason: 'lost' });
      const told = performance.now();
      const waits = connections.map(async (connection) => {
        await until(async () => outNow.includes(codeOf(await connection.call('fake.echo', {}))));
        took.push(performance.now() - told);
      });
      await Promise.all(waits);
      for (const connection of connections) connection.close();
      await expect(getToken(lost.agent)).rejects.toMatchObject({
        code: 'standing/instance-revoked',
      });
    }
    expect(took).toHaveLength(3 * writers.length);
    expect(Math.max(...took)).toBeLessThan(1_000);
  });

  it('spend a grant once, however many of both are shown it at once [APR-02]', async () => {
    const args = { to: 'bob', amount: 101 };
    const held = await each['gateway-1'].call('fake.pay', args);
    expect(codeOf(held)).toBe('approvals/pending');
    await sayYes(world.instance.admin, held.told?.approval);
    const before = world.upstream.calls().length;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => {
        const connection = each[at % 2 === 0 ? 'gateway-1' : 'gateway-2'];
        return connection.call('fake.pay', args, held.told?.handle);
      }),
    );
    expect(answers.filter(({ text }) => text.startsWith('paid'))).toHaveLength(1);
    expect(world.upstream.calls().length).toBe(before + 1);
  });

  it('share a rate: one connection gets all of it, and both together get no more', async () => {
    const fast = await newClient('hasty');
    const { 'gateway-1': one, 'gateway-2': other } = await connectionsOf(fast);
    let passed = 0;
    let refused = 0;
    // How many were used to find both of them is known from what is left of sixty.
    while (refused < 5) {
      const answer = await one.call('fake.echo', {});
      if (answer.status === 200 && answer.told === undefined) passed += 1;
      else refused += 1;
    }
    expect(passed).toBeGreaterThan(31);
    const later = await Promise.all(Array.from({ length: 20 }, () => other.call('fake.echo', {})));
    passed += later.filter(({ told }) => told === undefined).length;
    expect(passed).toBeLessThanOrEqual(60);
    expect(later.some((answer) => codeOf(answer) === 'standing/rate')).toBe(true);
  });

  it('know the labels of a task that were raised at the other one [LBL-01]', async () => {
    const tainted = await connectionsOf(await newClient('own'));
    const free = await tainted['gateway-2'].call('fake.note', { text: 'before' });
    expect(free.told).toBeUndefined();
    await tainted['gateway-1'].call('fake.untrusted', {});
    const held = await tainted['gateway-2'].call('fake.note', { text: 'after' });
    expect(codeOf(held)).toBe('approvals/pending');
  });

  it('cancel a call that is open at the other one', async () => {
    letGo = world.upstream.hold();
    const before = world.upstream.calls().length;
    const open = each['gateway-1'].start('fake.echo', { text: 'open' });
    await until(() => world.upstream.calls().length > before);
    await each['gateway-2'].notify('notifications/cancelled', { requestId: open.id });
    expect(codeOf(await open.answer)).toBe('gateway/cancelled');
  });

  it('are both shown by status, each with its health', async () => {
    const status: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/status');
    const health = status['gatewayHealth'] as { name: string; recordsHealthy: boolean }[];
    expect(health.map(({ name }) => name).sort()).toEqual(writers);
    expect(health.every(({ recordsHealthy }) => recordsHealthy)).toBe(true);
  });
});

describe('one of two gateways that is killed', () => {
  it('leaves the other serving, comes back, forgets no proof, and what it had open is unknown [AUD-05]', async () => {
    const [one, other] = [each['gateway-1'], each['gateway-2']];
    const used = Array.from({ length: 20 }, () => one.proof());
    for (const proof of used) {
      expect((await one.call('fake.echo', {}, undefined, proof)).status).toBe(200);
    }
    letGo = world.upstream.hold();
    const before = world.upstream.calls().length;
    const open = other.start('fake.note', { text: 'open at its death' });
    const broken = expect(open.answer).rejects.toThrow();
    await until(() => world.upstream.calls().length > before);
    process.kill(pidOf(world.instance, 'gateway-2'), 'SIGKILL');
    await broken;
    letGo();
    other.close();
    // The connection to the first one lives on, and serves.
    for (let at = 0; at < 20; at += 1) {
      const answer = await untilKept(() => one.call('fake.echo', { text: String(at) }));
      expect(codeOf(answer)).toBe('200');
    }
    await until(isBack);
    each = await connectionsOf(client);
    for (const connection of Object.values(each)) {
      for (const proof of used) {
        // Its own were forgotten with it: they carry a nonce from before, and are worth nothing.
        const code = codeOf(await connection.call('fake.echo', {}, undefined, proof));
        expect(['identity/replayed-proof', 'identity/nonce-required']).toContain(code);
      }
      const again = await connection.call('fake.note', { text: 'open at its death' });
      expect(codeOf(again)).toBe('audit/unreconciled');
    }
  });

  it('knows what left before: a slow drip over gateways and sessions is caught, whichever of them it takes [APR-11]', async () => {
    for (const document of dripping()) await admin('/v1/documents', document);
    const dripper = await newClient('drip');
    let own = await connectionsOf(dripper);
    let number = 0;
    const drip = (by: Connection, rows = 2) => {
      number += 1;
      const text = Array.from({ length: rows }, () => `row of ${number}`).join('\n');
      return untilKept(() => by.call('drip.note', { text }));
    };
    const isHeld = async (by: Connection, rows: number) =>
      codeOf(await drip(by, rows)) === 'approvals/pending';
    for (const connection of Object.values(own)) await until(() => isHeld(connection, 3));
    const others = await connectionsOf(await newClient('drip'));
    const all = [...Object.values(own), ...Object.values(others)];
    for (let n = 0; n < 6; n += 1) {
      expect(codeOf(await drip(all[n % all.length] as Connection))).toBe('200');
    }
    for (const connection of all) expect(await isHeld(connection, 2)).toBe(true);
    // Before the kill: one that is open then is reset.
    for (const connection of [...all, ...Object.values(each)]) connection.close();
    const killed = pidOf(world.instance, 'gateway-2');
    process.kill(killed, 'SIGKILL');
    // Status does not know yet that it is gone.
    await until(async () => ![0, killed].includes(pidOf(world.instance, 'gateway-2')));
    await until(isBack);
    own = await connectionsOf(dripper);
    for (const connection of Object.values(own)) {
      expect(await isHeld(connection, 2)).toBe(true);
      connection.close();
    }
    each = await connectionsOf(client);
  });

  /** A server of its own, whose tool may be told twelve rows within a day. */
  function dripping(): readonly object[] {
    const flow = { bulk: { call: { rows: 2 }, window: { rows: 12 } } };
    const spec = {
      connect: { url: world.upstream.url },
      pin: 'first-seen',
      credential: { secret: 'fake-key', header: 'authorization', prefix: 'Bearer ' },
      results: { labels: [] },
      tools: { note: { effect: 'write', reversible: true, flow } },
    };
    const tools = [{ tool: 'drip/note' }, { tool: 'fake/echo' }];
    const rate = { perMinute: 600_000, burst: 100_000 };
    const agent = { owner: 'ada@example.com', purpose: 'lets out little by little', rate };
    const cedar = `@id("drips") permit(principal, action == Action::"drip/note", resource);`;
    return [
      { kind: 'ToolServer', name: 'drip', spec },
      { kind: 'Manifest', name: 'drip', spec: { tools } },
      { kind: 'Agent', name: 'drip', spec: { ...agent, manifest: 'drip' } },
      { kind: 'Policy', name: 'drips', spec: { cedar } },
    ];
  }

  async function isBack(): Promise<boolean> {
    const status: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/status');
    return status['gateways'] === 2;
  }

  /** Proofs that it keeps wait for it; whoever waited too long, or had an old nonce, asks again. */
  async function untilKept(ask: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
    for (let tries = 0; ; tries += 1) {
      const answer = await ask();
      const passing = ['identity/proof-not-judged', 'identity/nonce-required'];
      if (tries > 500 || !passing.includes(codeOf(answer))) return answer;
    }
  }
});

describe('when fewer gateways are started than before', () => {
  it('what one of them left open is unknown, its log is closed once, and every log holds [AUD-03]', async () => {
    const { instance } = world;
    letGo = world.upstream.hold();
    const before = world.upstream.calls().length;
    const open = each['gateway-2'].start('fake.note', { text: 'left behind' });
    const broken = expect(open.answer).rejects.toThrow();
    await until(() => world.upstream.calls().length > before);
    for (const pid of [instance.pid, ...descendants(instance.pid)]) endNow(pid);
    await broken;
    letGo();
    const { folder, credential } = instance;
    const fewer = await startInstance({ folder, credential });
    const closed = join(fewer.data, 'run', 'closed', 'gateway-2');
    try {
      expect(existsSync(closed)).toBe(true);
      const told: Record<string, unknown> = await fewer.admin.request('GET', '/v1/effects');
      const left = (told['effects'] as Record<string, unknown>[]).filter(
        (one) => one['gateway'] === 'gateway-2' && one['why'] === 'unreconciled',
      );
      expect(left.length).toBeGreaterThan(0);
      const alone = new Connection(await clientOf(await fewer.enrolAgent('worker'), fewer.gateway));
      await alone.call('fake.echo', {});
      expect(codeOf(await alone.call('fake.note', { text: 'left behind' }))).toBe(
        'audit/unreconciled',
      );
      alone.close();
    } finally {
      await fewer.stop();
    }
    const place = { home: folder, data: fewer.data };
    const log = join(fewer.data, 'log');
    const verified = await runCli(place, [
      'audit',
      'verify',
      log,
      '--accept-unwitnessed',
      '-o',
      'json',
    ]);
    expect([verified.code, verified.json()['status']]).toEqual([0, 'consistent']);
    const logs = verified.json()['logs'] as Record<string, unknown>[];
    for (const writer of writers) {
      expect(logs.some(({ origin }) => String(origin).endsWith(writer))).toBe(true);
    }
  });
});
