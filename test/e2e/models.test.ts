import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getToken } from '../../sdk/enrol.ts';
import { contentPlace, places, saying } from '../fakes/fake-model-provider/saying.ts';
import { secretSamples } from '../fakes/secret-samples.ts';
import { filesHolding } from './files.ts';
import { type ModelsWorld, realKey, startModelsWorld } from './models-world.ts';
import { sayYes } from './say-yes.ts';

type Json = Record<string, unknown>;

let world: ModelsWorld;
let standIn: string;
/** Everything that came back to an agent: heads and bodies, as they came. */
const agentSide: string[] = [];

beforeAll(async () => {
  world = await startModelsWorld();
}, 60_000);
afterAll(async () => {
  await world?.close();
});
beforeEach(async () => {
  standIn = await world.standIn('chat');
});

/** A fetch that keeps what it is answered. */
function listening(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    agentSide.push(JSON.stringify([response.status, response.url, ...response.headers]));
    if (response.body === null) return response;
    const seen = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          agentSide.push(Buffer.from(chunk).toString());
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(seen, response);
  };
}

function client(send: typeof fetch = fetch, apiKey = standIn): OpenAI {
  return new OpenAI({ baseURL: world.base, apiKey, fetch: listening(send), maxRetries: 0 });
}

const hello = [{ role: 'user' as const, content: 'hello there, what is new?' }];

async function failureOf(promise: Promise<unknown>): Promise<{ status: number; error: Json }> {
  try {
    await promise;
  } catch (fault) {
    if (!(fault instanceof APIError)) throw fault;
    return { status: Number(fault.status), error: fault.error as Json };
  }
  throw new Error('it was not refused');
}

async function streamOf(model: string, signal?: AbortSignal) {
  return client().chat.completions.create(
    { model, messages: hello, stream: true, stream_options: { include_usage: true } },
    signal === undefined ? {} : { signal },
  );
}

/** Outcomes of generations, the newest first. */
async function outcomes(named: string): Promise<Json[]> {
  const found: Json = await world.instance.admin.request(
    'GET',
    '/v1/records?type=policy.outcome&agent=chat&limit=50',
  );
  return (found['records'] as Json[])
    .map((one) => one['record'] as Json)
    .filter((record) => record['named'] === named);
}

async function outcomeAfter(named: string, before: number, having = 'effect'): Promise<Json> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const all = (await outcomes(named)).filter((record) => record[having] !== undefined);
    if (all.length > before && all[0] !== undefined) return all[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no outcome of ${named}`);
}

describe('the official client of the API, unmodified', () => {
  it('lists the models of its manifest and no other [GOV-16]', async () => {
    const names: string[] = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toContain('fake/fake-echo');
    expect(names).not.toContain('fake/hidden');
  });

  it('is answered whole, under a key that it never had [CRD-19, SYS-042]', async () => {
    const answer = await client().chat.completions.create({
      model: 'fake/fake-echo',
      messages: hello,
    });
    expect(answer.choices[0]?.message.content).toBe(hello[0]?.content);
    expect(answer.usage).toEqual({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
    const sent = world.provider.requests().at(-1);
    expect(sent?.headers['authorization']).toBe(`Bearer ${realKey}`);
    expect(JSON.stringify(sent?.rawHeaders)).not.toContain(standIn);
    expect(JSON.parse(String(sent?.body))).toMatchObject({
      model: 'fake-echo',
      max_completion_tokens: 100,
    });
  });

  it('is answered in windows, with one intent and one outcome that counts its tokens', async () => {
    let text = '';
    let usage: unknown;
    for await (const chunk of await streamOf('fake/fake-echo')) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(hello[0]?.content);
    expect(usage).toEqual({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
    const record = await outcomeAfter('fake/fake-echo', 0, 'parts');
    expect(record).toMatchObject({
      effect: 'done',
      usage: { inputTokens: 11, outputTokens: 7, estimated: false },
      parts: { count: expect.any(Number) as number },
    });
    const all: Json = await world.instance.admin.request(
      'GET',
      `/v1/records?call=${String(record['call'])}`,
    );
    const types = (all['records'] as Json[]).map((one) => (one['record'] as Json)['type']);
    expect(types.filter((type) => type === 'policy.intent')).toHaveLength(1);
    expect(types.filter((type) => type === 'policy.outcome')).toHaveLength(1);
  });

  it('gets tool calls, whole and streamed', async () => {
    const request = { model: 'fake/fake-tool', messages: hello };
    const whole = await client().chat.completions.create(request);
    const args = '{"orderId":"A-17","amountCents":500}';
    expect(whole.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: 'call_1',
      function: { name: 'refund', arguments: args },
    });
    const runner = client().chat.completions.stream(request);
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: 'call_1',
      function: { name: 'refund', arguments: args },
    });
  });

  it('may prove a key of its own instead of a stand-in', async () => {
    const answer = await client(world.agent.fetch, 'none').chat.completions.create({
      model: 'fake/fake-echo',
      messages: hello,
    });
    expect(answer.choices[0]?.message.content).toBe(hello[0]?.content);
  });

  it('is counted by estimate where the provider does not count, and told so', async () => {
    const before = (await outcomes('fake/fake-no-usage')).length;
    const answer = await client().chat.completions.create({
      model: 'fake/fake-no-usage',
      messages: hello,
    });
    expect(answer.usage).toMatchObject({ estimated: true });
    const record = await outcomeAfter('fake/fake-no-usage', before);
    expect(record['usage']).toMatchObject({ estimated: true });
  });
});

describe('a stand-in', () => {
  it('used directly at the provider opens nothing [CRD-19]', async () => {
    const direct = new OpenAI({ baseURL: world.provider.url, apiKey: standIn, maxRetries: 0 });
    const { status } = await failureOf(
      direct.chat.completions.create({ model: 'fake-echo', messages: hello }),
    );
    expect(status).toBe(401);
  });

  it('of another agent asks no model that its own manifest does not grant [CRD-19]', async () => {
    const seen = world.provider.requests().length;
    const other = client(fetch, await world.standIn('other'));
    const asked = other.chat.completions.create({ model: 'fake/fake-echo', messages: hello });
    expect(await failureOf(asked)).toMatchObject({
      status: 404,
      error: { code: 'models/not-visible' },
    });
    expect(world.provider.requests()).toHaveLength(seen);
  });

  it('that is bound to a key is nothing in the hands of whoever has not the key [CRD-19]', async () => {
    const { control, key, identity } = world.agent;
    const { accessToken: bound } = await getToken({ control, key, identity });
    const { status, error } = await failureOf(
      client(fetch, bound).chat.completions.create({ model: 'fake/fake-echo', messages: hello }),
    );
    expect(status).toBe(401);
    expect(String(error['code'])).toMatch(/^identity\//);
  });

  it('that is none is refused before anything is read', async () => {
    for (const key of ['sk-made-up', realKey]) {
      const { status } = await failureOf(
        client(fetch, key).chat.completions.create({ model: 'fake/fake-echo', messages: hello }),
      );
      expect(status).toBe(401);
    }
  });
});

describe('what an agent asks', () => {
  it.each([
    ['tools.0.type', { tools: [{ type: 'mcp', server_url: 'https://evil.example' }] }],
    ['web_search_options', { web_search_options: {} }],
    ['store', { store: true }],
  ])('may not have the provider act by itself: %s', async (member, more) => {
    const seen = world.provider.requests().length;
    const asked = client().post('/chat/completions', {
      body: { model: 'fake/fake-echo', messages: hello, ...more },
    });
    expect(await failureOf(asked)).toMatchObject({
      status: 403,
      error: {
        code: 'models/provider-executed',
        param: member,
        suggested_action: expect.any(String) as string,
      },
    });
    expect(world.provider.requests()).toHaveLength(seen);
  });

  it('stays within the document: members, bounds, and no secret in it', async () => {
    const seen = world.provider.requests().length;
    const key = `sk-proj-${'Ab3dE5gH7jK9mN1p'.repeat(3)}`;
    for (const [code, more] of [
      ['models/unknown-field', { unheard_of: 1 }],
      ['models/outside-envelope', { max_tokens: 101 }],
      ['semantic/secret-in-arguments', { messages: [{ role: 'user', content: `use ${key}` }] }],
    ] as const) {
      const asked = client().post('/chat/completions', {
        body: { model: 'fake/fake-echo', messages: hello, ...more },
      });
      expect((await failureOf(asked)).error['code']).toBe(code);
    }
    expect(world.provider.requests()).toHaveLength(seen);
  });

  it('is denied where policy forbids the model', async () => {
    const asked = client().chat.completions.create({
      model: 'fake/fake-forbidden',
      messages: hello,
      stream: true,
    });
    expect(await failureOf(asked)).toMatchObject({ status: 403, error: { code: 'policy/denied' } });
  });

  it('waits for a human where its document says that it writes, and is asked once after the yes', async () => {
    const seen = world.provider.requests().length;
    const ask = (headers: Record<string, string> = {}) =>
      client(world.agent.fetch, 'none').chat.completions.create(
        { model: 'fake/vendor/asks', messages: hello },
        { headers },
      );
    const held = await failureOf(ask());
    expect(held).toMatchObject({ status: 403, error: { code: 'approvals/pending' } });
    await sayYes(world.instance.admin, held.error['approval']);
    const answer = await ask({ 'bailiwick-approval': String(held.error['handle']) });
    expect(answer.choices[0]?.message.content).toBe(hello[0]?.content);
    expect(world.provider.requests()).toHaveLength(seen + 1);
  });
});

describe('a provider that misbehaves', () => {
  it.each([
    ['fake/fake-html-error', 'models/upstream-error'],
    ['fake/fake-redirect', 'models/upstream-protocol'],
    ['fake/fake-rate', 'models/upstream-error'],
  ])('%s is told in our words, and never repeated by itself [TOL-05]', async (model, code) => {
    const before = (await outcomes(model)).length;
    const asked = client().chat.completions.create({ model, messages: hello });
    const { error } = await failureOf(asked);
    expect(error).toMatchObject({ code, effect: 'unknown' });
    expect(error['suggested_action']).not.toBe('');
    expect(await outcomeAfter(model, before)).toMatchObject({
      refusal: { code },
      usage: { estimated: true },
    });
  });

  it('says its key to nobody, whole or a few letters at a time [CRD-19, CRD-01]', async () => {
    const whole = await client().chat.completions.create({
      model: 'fake/fake-leak',
      messages: hello,
    });
    expect(whole.choices[0]?.message.content).toMatch(/^my key is \[.*\], keep it$/);
    let text = '';
    for await (const chunk of await streamOf('fake/fake-leak')) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toMatch(/^my key is \[.*\], keep it$/);
  });

  it.each(Object.keys(places))(
    'says no secret of a known shape in %s, whole or a few letters at a time [SEM-04]',
    async (name) => {
      const secret = secretSamples['npm-token']?.() ?? '';
      const model = 'fake/fake-echo';
      const said = saying(places[name] ?? contentPlace, `before ${secret} after`, [3, 1, 5]);
      const before = agentSide.length;
      world.provider.answerNext(said);
      await client().chat.completions.create({ model, messages: hello });
      world.provider.answerNext(said);
      const runner = client().chat.completions.stream({ model, messages: hello });
      const whole = JSON.stringify(await runner.finalChatCompletion());
      const seen = [whole, ...agentSide.slice(before)].join('\n');
      expect(seen).toContain('before ');
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(secret.slice(-16));
      expect(filesHolding(world.instance.data, [secret])).toEqual([]);
    },
  );

  it.each([
    ['fake/fake-cut', 'models/upstream-unreachable'],
    ['fake/fake-stall', 'models/upstream-timeout'],
    ['fake/fake-error-in-stream', 'models/upstream-error'],
  ])('in the middle of its stream (%s) is the last event of it', async (model, code) => {
    const before = (await outcomes(model)).length;
    const reading = (async () => {
      for await (const { id } of await streamOf(model)) expect(id).toBe('chatcmpl-fake');
    })();
    const { error } = await failureOf(reading);
    expect(error).toMatchObject({ code, effect: 'unknown' });
    expect(await outcomeAfter(model, before)).toMatchObject({
      effect: 'unknown',
      refusal: { code },
    });
  });
});

describe('a stream', () => {
  it.each([1, 2, 3])(
    'whose reader leaves after %i chunks ends at the provider, with a true record',
    async (count) => {
      const model = 'fake/fake-endless';
      const before = (await outcomes(model)).length;
      const leaver = new AbortController();
      let seen = 0;
      const reading = (async () => {
        for await (const { id } of await streamOf(model, leaver.signal)) {
          expect(id).toBe('chatcmpl-fake');
          seen += 1;
          if (seen === count) leaver.abort();
        }
      })();
      await reading.catch(() => undefined);
      expect(await outcomeAfter(model, before)).toMatchObject({
        effect: 'unknown',
        refusal: { code: 'gateway/cancelled' },
      });
      await until(() => world.provider.requests().at(-1)?.left === true);
    },
  );

  it('of a model that is stopped ends in the middle, within a second', async () => {
    const target = { kind: 'model', name: 'fake/fake-endless' };
    const stream = await streamOf('fake/fake-endless');
    let stoppedAt = 0;
    const reading = (async () => {
      for await (const { id } of stream) {
        expect(id).toBe('chatcmpl-fake');
        if (stoppedAt !== 0) continue;
        stoppedAt = Date.now();
        await world.instance.admin.request('POST', '/v1/stops', { target, reason: 'test' });
      }
    })();
    const { error } = await failureOf(reading);
    expect(error['code']).toBe('stop/active');
    expect(Date.now() - stoppedAt).toBeLessThan(2_000);
    await until(() => world.provider.requests().at(-1)?.left === true);
    await world.instance.admin.request('POST', '/v1/stops/release', { target, reason: 'over' });
  });
});

/** What agents asked for and were refused, as they named it. */
async function refusedNames(): Promise<ReadonlySet<unknown>> {
  const found: Json = await world.instance.admin.request(
    'GET',
    '/v1/records?type=gateway.refused&agent=chat&limit=50',
  );
  const records = (found['records'] as Json[]).map((one) => one['record'] as Json);
  return new Set(records.map((record) => record['named']));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never came');
}

describe('clients that know nothing of each other', () => {
  it('are held to the same documents and leave the same kind of record [GOV-16]', async () => {
    const raw = await fetch(`${world.base}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${standIn}` },
      body: JSON.stringify({ model: 'fake/hidden', messages: hello }),
    });
    expect(raw.status).toBe(404);
    const official = await failureOf(
      client().chat.completions.create({ model: 'fake/hidden', messages: hello }),
    );
    const told = (await raw.json()) as { error: Json };
    for (const key of ['code', 'message', 'suggested_action', 'type']) {
      expect(told.error[key]).toEqual(official.error[key]);
    }
    const mcp = new Client({ name: 'stranger', version: '1' });
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL(world.instance.gateway), {
        fetch: world.agent.fetch,
      }),
    );
    const hidden = await mcp.callTool({ name: 'tools.pay', arguments: {} }).then(
      () => undefined,
      (no: unknown) => no,
    );
    expect(String(hidden)).toMatch(/no such tool/);
    await mcp.close();
    await until(async () => (await refusedNames()).has('tools.pay'));
    expect([...(await refusedNames())]).toEqual(
      expect.arrayContaining(['fake/hidden', 'tools.pay']),
    );
  });
});

describe('after all of that', () => {
  it('the key stands in nothing that an agent saw, nor in any file or log [CRD-19, SYS-042]', async () => {
    expect(agentSide.length).toBeGreaterThan(50);
    expect(agentSide.join('\n')).not.toContain(realKey);
    expect(agentSide.join('\n')).not.toContain(world.provider.url);
    expect(world.instance.output()).not.toContain(realKey);
    expect(filesHolding(world.instance.data, [realKey])).toEqual([]);
  });
});
