import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../../sdk/index.ts';
import { startFakeModelProvider } from '../fakes/fake-model-provider/index.ts';
import { writerOf } from './connection.ts';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import { filesHolding } from './files.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { exchangeAudience, startSmallProvider } from './small-provider.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

type Json = Record<string, unknown>;

function text(of: Json | undefined, name: string): string {
  const value = of?.[name];
  if (typeof value !== 'string') throw new Error(`there is no \`${name}\``);
  return value;
}

const writers = ['gateway-1', 'gateway-2'];
const large = 262_144;

/** As it is, and as any encoding around it would have it: base64 at each of its three places, hex. */
function formsOf(canary: string): string[] {
  const at = (shift: number) =>
    Buffer.from('x'.repeat(shift) + canary)
      .toString('base64')
      // What a neighbour has a part in is not its own.
      .slice(shift === 0 ? 0 : 4, -4);
  const hex = Buffer.from(canary).toString('hex');
  return [canary, at(0), at(1), at(2), hex, hex.toUpperCase()];
}

const estate = (issuer: string, models: string) => `
---
kind: IdentityProvider
name: corp
spec:
  oidc: { issuer: '${issuer}', clientId: bailiwick, clientKey: true, loopback: true, exchangeAudiences: [${exchangeAudience}] }
---
kind: Exchange
name: worker-corp
spec: { agent: worker, provider: corp, everyone: true, effects: [read, write] }
---
kind: Entitlement
name: support
spec: { groups: [support], tools: [ { tool: fake/echo } ] }
---
kind: Agent
name: chat
spec: { owner: ada@example.com, purpose: chats, manifest: chat }
---
kind: Manifest
name: chat
spec: { targets: [ 'model:llm/fake-echo' ], tools: [ { tool: fake/big } ] }
---
kind: Model
name: llm
spec:
  connect: { url: '${models}' }
  credential: { secret: model-key }
  results: { labels: [] }
  models: { fake-echo: {} }
`;

describe('what agents send and are told', () => {
  const canaries = { ann: randomUUID(), bob: randomUUID(), chat: randomUUID() };
  let provider: Awaited<ReturnType<typeof startSmallProvider>>;
  let models: Awaited<ReturnType<typeof startFakeModelProvider>>;
  let world: RunningWorld;
  let privacy: ControlClient;
  let worker: TestAgent;
  let chat: TestAgent;
  const of: Record<string, Json[]> = {};

  const ask = async (method: 'GET' | 'POST', path: string, body?: Json): Promise<Json> =>
    privacy.request(method, path, body);

  async function recordsOf(answer: ToolAnswer): Promise<Json[]> {
    await writerOf(world.instance, answer);
    const found = await ask('GET', `/v1/records/${String(answer.record)}`);
    const { call } = found['record'] as Json;
    const all = await ask('GET', `/v1/records?call=${String(call)}&limit=20`);
    return (all['records'] as Json[]).map((one) => one['record'] as Json);
  }

  async function actFor(subject: string): Promise<typeof fetch> {
    const theirs = provider.token({ subject, groups: ['support'], sid: randomUUID() });
    return fetchWith(worker, (await exchange(worker, theirs, tokenTypes.access, {})).token);
  }

  /** Until each gateway has answered this user once. */
  async function callAtBoth(subject: 'ann' | 'bob'): Promise<Json[]> {
    const seen = new Map<string, Json[]>();
    const send = await actFor(subject);
    const once = () => callTool(send, world.gateway, 'fake.echo', { text: canaries[subject] });
    for (let tries = 0; tries < 10 && seen.size < writers.length; tries += 1) {
      // At once, so that there are several connections: the kernel deals them out by chance.
      for (const answer of await Promise.all(Array.from({ length: 8 }, once))) {
        expect(answer.told).toBeUndefined();
        const records = await recordsOf(answer);
        seen.set(text(records[0], 'writer'), records);
      }
    }
    expect([...seen.keys()].toSorted()).toEqual(writers);
    return [...seen.values()].flat();
  }

  const keyOf = (record: Json | undefined) => (record?.['payload'] as Json | undefined)?.['key'];

  const reveal = async (record: Json | undefined): Promise<string> => {
    const told = await ask('POST', `/v1/records/${String(record?.['id'])}/reveal`, {
      purpose: 'a test',
    });
    return text(told, 'text');
  };

  /** Found in the log a moment after it is durable. */
  async function revealed(record: Json | undefined): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await reveal(record);
      } catch (fault) {
        if (tries === 50 || (fault as { code?: string }).code !== 'audit/not-proven-yet')
          throw fault;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async function generate(stream: boolean): Promise<void> {
    const answer = await chat.fetch(world.gateway.replace(/\/mcp$/, '/llm/v1/chat/completions'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'llm/fake-echo',
        messages: [{ role: 'user', content: canaries.chat }],
        stream,
      }),
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
  }

  async function untilGenerated(stream: boolean): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        await generate(stream);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error('the model was not served');
  }

  /** Those with something sealed, once they are in the log. */
  /** Of both gateways, whose logs are signed each in its time. */
  async function chatRecords(
    type: string,
    isMeant: (one: Json) => boolean = () => true,
  ): Promise<Json[]> {
    for (let tries = 0; tries < 50; tries += 1) {
      const found = await ask('GET', `/v1/records?agent=chat&type=${type}&limit=200`);
      const records = (found['records'] as Json[]).map((one) => one['record'] as Json);
      const sealed = records.filter((one) => keyOf(one) !== undefined && isMeant(one));
      if (sealed.length > 0) return sealed;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no record of ${type} has anything sealed`);
  }

  beforeAll(async () => {
    provider = await startSmallProvider();
    const key = `key-${randomUUID()}`;
    models = await startFakeModelProvider({ key });
    world = await startWorld(estate(provider.issuer, models.url), { args: ['--gateways', '2'] });
    const { admin, console: url } = world.instance;
    await admin.request('PUT', '/v1/secrets/model-key', { value: key });
    const given = await admin.request('POST', '/v1/people', {
      name: 'pia',
      roles: ['privacy'],
      reason: 'a test',
    });
    privacy = createControlClient({ url, credential: text(given, 'credential') });
    worker = await world.instance.enrolAgent('worker');
    chat = await world.instance.enrolAgent('chat');
    of['ann'] = await callAtBoth('ann');
    of['bob'] = await callAtBoth('bob');
    await untilGenerated(false);
    await untilGenerated(true);
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await provider?.close();
    await models?.close();
  });

  it('is in no file in plain: arguments, results, prompts, completions, windows [AUD-10, AUD-19]', () => {
    const forms = Object.values(canaries).flatMap(formsOf);
    expect(filesHolding(world.instance.folder, forms)).toEqual([]);
    // The scan finds what is there: the same call's name, in journal and log.
    expect(filesHolding(world.instance.data, formsOf('tool:fake/echo')).length).toBeGreaterThan(1);
  });

  it('is sealed for whom it belongs to: one key of a user at both gateways, another of another [AUD-12]', async () => {
    const sealed = (name: string) => (of[name] ?? []).filter((one) => keyOf(one) !== undefined);
    for (const name of ['ann', 'bob'] as const) {
      expect(
        sealed(name)
          .map((one) => text(one, 'type'))
          .toSorted(),
      ).toEqual(['policy.intent', 'policy.intent', 'policy.outcome', 'policy.outcome']);
      expect(new Set(sealed(name).map(keyOf)).size).toBe(1);
      for (const record of sealed(name)) expect(await revealed(record)).toContain(canaries[name]);
    }
    expect(keyOf(sealed('ann')[0])).not.toBe(keyOf(sealed('bob')[0]));
    expect(JSON.stringify(of)).not.toContain(canaries.ann);
  });

  it('holds prompts and completions of models, whole and in windows [AUD-12]', async () => {
    const intents = await chatRecords('policy.intent');
    const [whole] = await chatRecords('policy.outcome', (one) => one['parts'] === undefined);
    const parts = await chatRecords('policy.outcome-part');
    expect(await revealed(intents.at(-1))).toContain(canaries.chat);
    expect(await revealed(whole)).toContain(canaries.chat);
    const windows = await Promise.all(parts.map((one) => revealed(one)));
    const said = windows.join('').replaceAll(/[^0-9a-f-]/g, '');
    expect(windows.length).toBeGreaterThan(0);
    expect(said.length).toBeGreaterThan(0);
    expect(new Set([...intents, ...parts].map(keyOf)).size).toBe(1);
  });

  it('is not kept above its bound (`sealedResultBytes`), and the record says so', async () => {
    const answer = await callTool(chat.fetch, world.gateway, 'fake.big', { bytes: large });
    expect(answer.told).toBeUndefined();
    const outcome = (await recordsOf(answer)).find(({ type }) => type === 'policy.outcome');
    expect(outcome).toMatchObject({ details: { notKept: 'too-large' }, result: {} });
    expect(outcome).toMatchObject({ payload: { bytes: 0, salts: ['arguments', 'result'] } });
  });

  it('opens for nobody once its subject is forgotten, while record, proof and everybody else’s stay [DAT-10]', async () => {
    const [mine] = of['ann'] ?? [];
    await ask('POST', '/v1/erasures', { subject: 'ann', basis: 'she asked', request: 'r-1' });
    for (const record of of['ann'] ?? []) {
      await expect(reveal(record)).rejects.toMatchObject({ code: 'audit/erased' });
    }
    expect(await ask('GET', `/v1/records/${String(mine?.['id'])}`)).toMatchObject({ record: mine });
    expect(await ask('GET', `/v1/records/${String(mine?.['id'])}/proof`)).toBeTruthy();
    for (const record of of['bob'] ?? []) expect(await reveal(record)).toContain(canaries.bob);
    // Gateways hear of it within a second; what she does from then on has another key.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    for (const record of await callAtBoth('ann')) {
      expect(keyOf(record)).not.toBe(keyOf(mine));
      expect(await revealed(record)).toContain(canaries.ann);
    }
  });

  it('opens after a restart, by whom it belonged to before [AUD-19]', async () => {
    const { folder, credential } = world.instance;
    await world.instance.stop();
    const forms = Object.values(canaries).flatMap(formsOf);
    expect(filesHolding(folder, forms)).toEqual([]);
    const again: Instance = await startInstance({ folder, credential, args: ['--gateways', '2'] });
    try {
      const given = await again.admin.request('POST', '/v1/people', {
        name: 'pat',
        roles: ['privacy'],
        reason: 'a test',
      });
      privacy = createControlClient({
        url: again.console,
        credential: text(given, 'credential'),
      });
      for (const record of of['bob'] ?? []) expect(await reveal(record)).toContain(canaries.bob);
      await expect(reveal(of['ann']?.[0])).rejects.toMatchObject({ code: 'audit/erased' });
    } finally {
      await again.stop();
    }
  }, 60_000);
});
