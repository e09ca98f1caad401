import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '#contracts/streamed.ts';
import type { Call, Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type HttpFront, refusedAsIs, startHttpFront } from '../../../test/fakes/http-front.ts';
import { provesFront } from '../http/front.suite.ts';
import { requestTo } from '../http/front-trial.suite.ts';
import { createLlmProtocol } from './protocol.ts';

const path = '/llm/v1/chat/completions';
const chat = '{"model":"openai/gpt-5","messages":[{"role":"user","content":"hello"}]}';
const completion: JsonObject = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
};
const usage: JsonObject = { inputTokens: 3, outputTokens: 2 };

let front: HttpFront;

/** What the path would say of each kind, without any of its gates. */
function pass(call: Call): Outcome {
  const { action } = call;
  if (action.kind === 'model-list') {
    const items = [{ name: 'openai/gpt-5', provider: 'openai' }];
    return { kind: 'listed', recordId: 'r', page: { items, nextCursor: undefined } };
  }
  if (action.kind !== 'model-generate') return refusedAsIs(call);
  return { kind: 'result', recordId: 'r', result: { completion, usage }, bytes: Buffer.from('') };
}

beforeEach(async () => {
  front = await startHttpFront([createLlmProtocol()]);
  front.run = (call) => Promise.resolve(pass(call));
});
afterEach(() => front.close());

provesFront('llm', {
  create: createLlmProtocol,
  path,
  body: chat,
  bodyWith: (value) => chat.replace('"hello"', value),
  ownHeaders: ['bailiwick-approval', 'bailiwick-later'],
  outcome: pass,
});

async function post(body: JsonObject | string, ...headers: readonly string[]) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return parsed(await front.raw(requestTo(front, path, text, headers)));
}

function parsed(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
}

/** The last call that walked the path. */
function action(): Call['action'] {
  const call = front.calls.at(-1);
  if (call === undefined) throw new Error('no call');
  return call.action;
}

const messages = [{ role: 'user', content: 'hello' }];

describe('a chat completion', () => {
  it('asks a model by its name, without what is said beside it and without nulls', async () => {
    const answer = await post({
      model: 'openai/vendor/gpt-5',
      messages,
      stream: false,
      stream_options: null,
      temperature: null,
      seed: 7,
    });
    expect(action()).toMatchObject({
      kind: 'model-generate',
      target: { kind: 'model', owner: 'openai', name: 'vendor/gpt-5' },
      named: 'openai/vendor/gpt-5',
      arguments: { messages, seed: 7 },
      argumentBytes: Buffer.from('{"messages":[{"content":"hello","role":"user"}],"seed":7}'),
    });
    expect(JSON.parse(answer.body)).toEqual({
      ...completion,
      // As the agent called it, never as its provider does.
      model: 'openai/vendor/gpt-5',
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  });

  it.each(['gpt-5', 'open ai/gpt-5', 'openai/'])(
    'of %s names nothing that is there',
    async (model) => {
      await post({ model, messages });
      const { kind, ...content } = action();
      expect(kind).toBe('model-generate');
      expect(content).toMatchObject(
        model === 'gpt-5' ? { target: { owner: 'gpt-5', name: undefined } } : { target: undefined },
      );
    },
  );

  it('carries the handle of its approval and the trace of its caller', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await post(chat, 'bailiwick-approval: h-1', `traceparent: ${trace}`);
    expect(front.calls[0]).toMatchObject({ approvalHandle: 'h-1', trace });
    await post(chat, `bailiwick-approval: ${'h'.repeat(65)}`, 'traceparent: nonsense');
    expect(front.calls[1]).toMatchObject({
      approvalHandle: undefined,
      trace: undefined,
      traceIgnored: 'malformed',
    });
  });

  it.each<[string, JsonObject | string]>([
    ['model', { messages }],
    ['model', { model: 5, messages }],
    ['model', { model: 'x'.repeat(257), messages }],
    ['stream', { model: 'a/b', messages, stream: 'yes' }],
    ['stream_options', { model: 'a/b', messages, stream_options: { other: 1 } }],
  ])('that cannot be read at `%s` is refused by its name', async (member, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { code: 'models/invalid-request', param: member, type: 'invalid_request_error' },
    });
    expect(action().kind).toBe('refused');
  });
});

describe('an answer of the front for models', () => {
  const refusing = (code: Parameters<typeof refusal>[0], effect: 'none' | 'unknown') => {
    front.run = () =>
      Promise.resolve({ kind: 'refused', recordId: 'r9', refusal: refusal(code), effect });
  };

  it('lists models in the shape of the API', async () => {
    const request = requestTo(front, '/llm/v1/models', '', ['content-length: 0']);
    const answer = parsed(await front.raw(request.replace('POST', 'GET')));
    expect(JSON.parse(answer.body)).toEqual({
      object: 'list',
      data: [{ id: 'openai/gpt-5', object: 'model', created: 0, owned_by: 'openai' }],
    });
  });

  it.each([
    ['identity/missing', 401, 'authentication_error'],
    ['policy/denied', 403, 'permission_error'],
    ['models/not-visible', 404, 'not_found_error'],
    ['models/unknown-field', 422, 'invalid_request_error'],
    ['standing/rate', 429, 'rate_limit_error'],
    ['gateway/cancelled', 408, 'invalid_request_error'],
    ['models/upstream-error', 502, 'server_error'],
  ] as const)('says %s with code, message and what to do [TOL-05]', async (code, status, type) => {
    refusing(code, 'none');
    const answer = await post(chat);
    expect(answer.status).toBe(status);
    const { error } = JSON.parse(answer.body) as { error: JsonObject };
    expect(error).toMatchObject({ code, type, param: null, effect: 'none', record: 'r9' });
    expect(error['message']).toBe(refusal(code).message);
    expect(error['suggested_action']).toBe(refusal(code).suggestedAction);
  });

  it('tells nobody what the record alone says', async () => {
    const no = refusal('credentials/unknown-secret', { recorded: { secret: 'tiny-key' } });
    front.run = () =>
      Promise.resolve({ kind: 'refused', recordId: 'r9', refusal: no, effect: 'none' });
    expect((await post(chat)).body).not.toContain('tiny-key');
  });

  it('lets nothing be repeated that may have been done', async () => {
    refusing('standing/rate', 'none');
    expect((await post(chat)).head).toContain('x-should-retry: true');
    refusing('models/upstream-error', 'unknown');
    expect((await post(chat)).head).toContain('x-should-retry: false');
    refusing('policy/denied', 'none');
    expect((await post(chat)).head).toContain('x-should-retry: false');
  });

  it('says how to come back with a yes, and is no answer of a model until then', async () => {
    const approval = { handle: 'h-1', approvalId: 'a-1', expiresAt: 0 };
    front.run = () => Promise.resolve({ kind: 'held', recordId: 'r', approval });
    const answer = await post(chat);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { code: 'approvals/pending', handle: 'h-1', approval: 'a-1', record: 'r' },
    });
  });
});

describe('a streamed answer', () => {
  const events: readonly StreamEvent[] = [
    { kind: 'fact', value: { fact: 'begun', id: 'c1', model: 'gpt-5', created: 7 } },
    { kind: 'text', lane: '0/reasoning', text: 'hm' },
    { kind: 'text', lane: '0/content', text: 'héllo' },
    { kind: 'text', lane: '1/refusal', text: 'no' },
    { kind: 'fact', value: { fact: 'tool', choice: 0, tool: 1, id: 't1', name: 'look' } },
    { kind: 'text', lane: '0/tool/1/arguments', text: '{"a":' },
    { kind: 'fact', value: { fact: 'finished', choice: 0, reason: 'tool_calls' } },
    { kind: 'text', lane: '0/unheard-of', text: 'x' },
  ];

  async function streamed(more: JsonObject, outcome: Outcome): Promise<JsonObject[]> {
    front.run = async (_call, release) => {
      await release?.({ events });
      return outcome;
    };
    const { head, body } = await post({ model: 'a/b', messages, stream: true, ...more });
    expect(head).toContain('content-type: text/event-stream');
    const lines = body.split('\n').filter((line) => line.startsWith('data: '));
    expect(lines.at(-1)).toBe('data: [DONE]');
    return lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)) as JsonObject);
  }

  const done: Outcome = {
    kind: 'streamed',
    recordId: 'r',
    usage: { inputTokens: 3, outputTokens: 2, estimated: false },
  };

  it('is told in chunks of one head, each choice with its role once', async () => {
    const chunks = await streamed({}, done);
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 7,
        model: 'a/b',
      });
      expect(chunk).not.toHaveProperty('usage');
    }
    const choices = chunks.map(({ choices: list }) => (list as unknown as JsonObject[])[0]);
    const call = { index: 1, id: 't1', type: 'function' };
    expect(choices).toEqual(
      [
        { index: 0, delta: { role: 'assistant', reasoning_content: 'hm' } },
        { index: 0, delta: { content: 'héllo' } },
        { index: 1, delta: { role: 'assistant', refusal: 'no' } },
        {
          index: 0,
          delta: { tool_calls: [{ ...call, function: { name: 'look', arguments: '' } }] },
        },
        { index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: '{"a":' } }] } },
        { index: 0, delta: {}, finish_reason: 'tool_calls' },
      ].map((choice) => ({ finish_reason: null, logprobs: null, ...choice })),
    );
  });

  it('ends with its usage for whoever asked, and for nobody else', async () => {
    const chunks = await streamed({ stream_options: { include_usage: true } }, done);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect(chunks.slice(0, -1).every((chunk) => chunk['usage'] === null)).toBe(true);
    expect(await streamed({}, done)).toHaveLength(chunks.length - 1);
  });

  it('of which nothing was told is an answer all the same, as its record says', async () => {
    front.run = () => Promise.resolve(done);
    const asked = { model: 'a/b', messages, stream: true };
    const { status, body } = await post({ ...asked, stream_options: { include_usage: true } });
    expect(status).toBe(200);
    const lines = body.split('\n').filter((line) => line.startsWith('data: '));
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]?.slice(6) ?? '')).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3 },
    });
    expect(lines[1]).toBe('data: [DONE]');
  });

  it('that breaks says so in its last event, with what is known of its effect', async () => {
    const chunks = await streamed(
      {},
      {
        kind: 'refused',
        recordId: 'r7',
        refusal: refusal('models/upstream-unreachable'),
        effect: 'unknown',
      },
    );
    expect(chunks.at(-1)).toMatchObject({
      error: { code: 'models/upstream-unreachable', effect: 'unknown', record: 'r7' },
    });
  });

  it('that is refused before its first window is refused like every other', async () => {
    front.run = () =>
      Promise.resolve({
        kind: 'refused',
        recordId: 'r',
        refusal: refusal('policy/denied'),
        effect: 'none',
      });
    const answer = await post({ model: 'a/b', messages, stream: true });
    expect(answer.status).toBe(403);
    expect(answer.head).toContain('content-type: application/json');
  });
});
