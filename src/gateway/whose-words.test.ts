import { describe, expect, it } from 'vitest';
import { tendKeys } from '#gateway/index.ts';
import { readChat } from '#gateway/llm/chat-request.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { secretSamples } from '../../test/fakes/secret-samples.ts';

const open = { type: 'object', properties: { text: { type: 'string' } } };
const tools = ['kept', 'left', 'again'];

async function world(
  server: JsonObject = {},
): Promise<{ readonly world: GatewayWorld; readonly agent: TestInstance }> {
  const made = await createGatewayWorld({
    server: {
      results: { labels: [], record: 'sealed' },
      tools: {
        kept: { effect: 'read' },
        left: { effect: 'read', results: { record: 'commitment-only' } },
        again: { effect: 'read', results: { record: 'sealed' } },
      },
      ...server,
    },
    definitions: tools.map((name) => definition(name, open)),
  });
  return { world: made, agent: await made.enrol() };
}

/** Of the newest record of a type: what was given to be sealed with it, and what it says of that. */
function newest(of: GatewayWorld, type: string) {
  const draft = of.records.findLast((one) => one.type === type);
  if (draft === undefined) throw new Error(`there is no ${type}`);
  const body = of.bodies.get(draft);
  return {
    draft,
    body: body === undefined ? undefined : Buffer.from(body).toString(),
    subject: of.subjects.get(draft),
    notKept: draft.details?.['notKept'],
  };
}

describe('what is kept of an answer', () => {
  it('is the answer as it was released, without the secrets that were in it [AUD-10, CRD-08]', async () => {
    const { world: at, agent } = await world();
    const secret = secretSamples['github-token']?.() ?? '';
    expect(secret.length).toBeGreaterThan(10);
    at.onCall = () => ({
      kind: 'answer',
      result: { content: [{ type: 'text', text: `it is ${secret}, and C-20931` }] },
      bytes: 50,
    });
    const outcome = await at.ask(agent, 'kept', { text: 'what is it' });
    expect(outcome.kind).toBe('result');
    const { body, draft } = newest(at, 'policy.outcome');
    expect(body).toContain('C-20931');
    expect(body).not.toContain(secret);
    if (outcome.kind === 'result') expect(body).toBe(outcome.bytes.toString());
    expect(draft.result?.bytes).toBe(body?.length);
    expect(newest(at, 'policy.intent').body).toBe('{"text":"what is it"}');
  });

  it('is nothing where a document says so, of a server or of one tool, and the record says why', async () => {
    const { world: at, agent } = await world();
    await at.ask(agent, 'left', {});
    expect(newest(at, 'policy.outcome')).toMatchObject({
      body: undefined,
      notKept: 'commitment-only',
      draft: { result: { bytes: expect.any(Number) } },
    });
    const none = await world({ results: { labels: [], record: 'commitment-only' } });
    await none.world.ask(none.agent, 'kept', {});
    expect(newest(none.world, 'policy.outcome').notKept).toBe('commitment-only');
    await none.world.ask(none.agent, 'again', {});
    expect(newest(none.world, 'policy.outcome')).toMatchObject({
      body: expect.any(String),
      notKept: undefined,
    });
  });

  it('is all of it up to `sealedResultBytes`, and nothing of more', async () => {
    const { world: at, agent } = await world();
    const around = Buffer.byteLength(JSON.stringify({ content: [{ text: '', type: 'text' }] }));
    for (const [more, notKept] of [
      [0, undefined],
      [1, 'too-large'],
    ] as const) {
      const text = 'x'.repeat(limits.sealedResultBytes - around + more);
      at.onCall = () => ({
        kind: 'answer',
        result: { content: [{ type: 'text', text }] },
        bytes: text.length,
      });
      await at.ask(agent, 'kept', {});
      const seen = newest(at, 'policy.outcome');
      expect([seen.body === undefined, seen.notKept]).toEqual([more === 1, notKept]);
    }
  });

  it('belongs to the agent where it acts for nobody, like its arguments; what a gateway asks to nobody', async () => {
    const { world: at, agent } = await world();
    await at.ask(agent, 'kept', {});
    for (const type of ['policy.intent', 'policy.outcome']) {
      expect(newest(at, type).subject).toBe('worker');
    }
    await at.look();
    const { draft, body, subject } = newest(at, 'policy.outcome');
    expect(draft.actors[0]?.name).toBe('system/refresh');
    expect([body, subject]).toEqual([undefined, undefined]);
  });
});

describe('what is kept of what a model says', () => {
  const said = 'the answer is C-20931';

  async function model(record: string) {
    const at = await createGatewayWorld({
      manifest: { targets: ['model:fake/echo'] },
      provider: {
        connect: { url: 'http://127.0.0.1:1/' },
        results: { labels: [], record },
        models: { echo: {} },
      },
      definitions: [],
    });
    return { at, agent: await at.enrol() };
  }

  it('is prompt and completion, or the prompt alone where its document says so [AUD-12]', async () => {
    for (const record of ['sealed', 'commitment-only']) {
      const { at, agent } = await model(record);
      const completion = { choices: [{ message: { content: said } }] };
      at.onGenerate = () => ({ kind: 'answer', completion, usage: undefined, bytes: 40 });
      const messages = [{ role: 'user', content: 'which customer' }];
      const { action } = readChat(canonicalBytes({ model: 'fake/echo', messages }));
      const method = 'POST chat/completions';
      const outcome = await at.send(await at.present(agent), { kind: 'other', method, action });
      expect(outcome.kind).toBe('result');
      const { body, notKept } = newest(at, 'policy.outcome');
      expect(newest(at, 'policy.intent').body).toContain('which customer');
      if (record === 'sealed') expect(body).toContain(said);
      else expect([body, notKept]).toEqual([undefined, 'commitment-only']);
    }
  });
});

describe('keys to seal with', () => {
  it('are fetched ahead for every agent of the configuration, after those that were destroyed are gone', async () => {
    const { world: at } = await world();
    const done: unknown[] = [];
    const lentKeys = {
      look: async () => void done.push('look'),
      fetchAhead: async (tenant: string, subjects: readonly string[]) =>
        void done.push([tenant, subjects]),
    };
    await tendKeys({ lentKeys, state: at.parts.state }, 'main');
    expect(done).toEqual(['look', ['main', ['worker']]]);
  });
});
