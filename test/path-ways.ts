import { FakeStreamed } from './fakes/fake-streamed.ts';
import type { WorldAsk } from './fakes/gateway-asks.ts';
import type { GatewayWorld } from './fakes/gateway-world.ts';
import { definition, type WorldDocuments } from './fakes/gateway-documents.ts';
import { methodOf } from '#gateway/mcp/methods.ts';
import { cursorOf } from '#gateway/results/kept-pages.ts';
import { nextPageName } from '#gateway/results/next-page-tool.ts';
import { readChat } from '#gateway/llm/chat-request.ts';
import type { GenerationAnswer } from '#contracts/model-provider.ts';
import type { Action, ActionKind } from '#kernel/call.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { toolTarget } from '#kernel/tool.ts';
import { wireName } from '#contracts/wire-name.ts';

/** What one agent of one tenant has, and what lies beside it and is not for that agent. */
export const documents = {
  manifest: {
    tools: [{ tool: 'fake/get' }],
    targets: ['resource:fake/file:///docs/*', 'prompt:fake/summary', 'model:fake/echo'],
  },
  server: {
    connect: { url: 'http://127.0.0.1:1/' },
    credential: { secret: 'key', header: 'authorization' },
    tools: { get: { effect: 'read', results: { labels: [] } } },
  },
  provider: {
    connect: { url: 'http://127.0.0.1:1/v1' },
    credential: { secret: 'key' },
    models: { echo: { results: { labels: [] } }, hidden: {} },
  },
  secrets: { key: 'lent-value' },
  definitions: ['get', 'hidden'].map((name) =>
    definition(name, { type: 'object', properties: { n: { type: 'string' } } }),
  ),
} satisfies WorldDocuments;

/** One way in which an agent, or the gateway itself, asks for an action of a kind. */
export interface Way {
  readonly kind: ActionKind;
  /** As a front reads it. */
  readonly ask: WorldAsk;
  /** What has to be there first, and what is asked then. */
  readonly begin?: (world: GatewayWorld) => WorldAsk;
  /** It is answered from what is kept here. */
  readonly asksNobody?: true;
  /** The gateway asks it by itself, of this server. */
  readonly looksAt?: string;
  /** What a tool server answers to it. */
  readonly answer?: JsonObject;
  /** What it comes to when nothing is in its way. */
  readonly usual: string;
  /** The answer comes in windows. */
  readonly isStreamed?: boolean;
  /** After its windows it comes whole, and what is told of it is judged once more. */
  readonly isJudgedAgain?: boolean;
  /** The same, of something that is not for this agent, and what it is told. */
  readonly hidden?: {
    readonly ask: WorldAsk;
    readonly looksAt?: string;
    readonly code: ErrorCode;
  };
  /** The same, with a secret in what is asked. */
  readonly secret?: WorldAsk;
}

/** Found as a secret, and put together from pieces. */
const token = ['gh', 'p_', 'aB3dE6gH9'.repeat(4)].join('');

const contents = [{ uri: 'file:///docs/a', text: 'a' }];
const messages = [{ role: 'user', content: { type: 'text', text: 'a' } }];
const talk = { progress: true, log: undefined, capabilities: {}, asked: 'stream' } as const;
const list = { cursor: 'of a stranger' };

export const ways: Readonly<Record<string, Way>> = {
  'tool-call': {
    kind: 'tool-call',
    ask: tool('get'),
    hidden: { ask: tool('hidden'), code: 'tools/not-visible' },
    secret: tool('get', { n: token }),
    usual: 'result',
  },
  'tool-call, in windows': {
    kind: 'tool-call',
    ask: { ...tool('get'), talk },
    isStreamed: true,
    isJudgedAgain: true,
    hidden: { ask: { ...tool('hidden'), talk }, code: 'tools/not-visible' },
    secret: { ...tool('get', { n: token }), talk },
    usual: 'result',
  },
  'resource-list': listing('resource-list', 'resources/list', { resources: [] }),
  'resource-templates': listing('resource-templates', 'resources/templates/list', {
    resourceTemplates: [],
  }),
  'resource-read': {
    kind: 'resource-read',
    ask: mcp('resources/read', { uri: 'file:///docs/a' }),
    answer: { contents },
    hidden: { ask: mcp('resources/read', { uri: 'file:///etc/a' }), code: 'offers/not-visible' },
    secret: mcp('resources/read', { uri: `file:///docs/${token}` }),
    usual: 'result',
  },
  'resource-subscribe': {
    kind: 'resource-subscribe',
    ask: mcp('resources/subscribe', { uri: 'file:///docs/a' }),
    answer: {},
    hidden: {
      ask: mcp('resources/subscribe', { uri: 'file:///etc/a' }),
      code: 'offers/not-visible',
    },
    secret: mcp('resources/subscribe', { uri: `file:///docs/${token}` }),
    usual: 'result',
  },
  'prompt-list': listing('prompt-list', 'prompts/list', { prompts: [] }),
  'prompt-get': {
    kind: 'prompt-get',
    ask: mcp('prompts/get', { name: 'fake.summary', arguments: {} }),
    answer: { messages },
    hidden: { ask: mcp('prompts/get', { name: 'fake.hidden' }), code: 'offers/not-visible' },
    secret: mcp('prompts/get', { name: 'fake.summary', arguments: { n: token } }),
    usual: 'result',
  },
  complete: {
    kind: 'complete',
    ask: completion('fake.summary', 'a'),
    answer: { completion: { values: ['apple'] } },
    hidden: { ask: completion('fake.hidden', 'a'), code: 'offers/not-visible' },
    secret: completion('fake.summary', token),
    usual: 'result',
  },
  'result-page': {
    kind: 'result-page',
    ask: nextPage('0.-.2'),
    begin: keepPage,
    asksNobody: true,
    hidden: { ask: pageOfHidden(), code: 'tools/unknown-page' },
    usual: 'result',
  },
  'model-generate': {
    kind: 'model-generate',
    ask: chat('echo'),
    hidden: { ask: chat('hidden'), code: 'models/not-visible' },
    secret: chat('echo', token),
    usual: 'result',
  },
  'model-generate, in windows': {
    kind: 'model-generate',
    ask: chat('echo', 'hello', true),
    isStreamed: true,
    hidden: { ask: chat('hidden', 'hello', true), code: 'models/not-visible' },
    secret: chat('echo', token, true),
    usual: 'streamed',
  },
  refresh: {
    kind: 'refresh',
    ask: { kind: 'other', method: 'tools/list', action: refreshOf('fake') },
    looksAt: 'fake',
    hidden: {
      ask: { kind: 'other', method: 'tools/list', action: refreshOf('nobody') },
      looksAt: 'nobody',
      code: 'tools/not-visible',
    },
    usual: 'result',
  },
  'tool-list': { kind: 'tool-list', ask: { kind: 'list' }, usual: 'listed' },
  'model-list': {
    kind: 'model-list',
    ask: { kind: 'other', method: 'GET models', action: { kind: 'model-list' } },
    usual: 'listed',
  },
  greet: { kind: 'greet', ask: { kind: 'greet' }, usual: 'greeted' },
  notice: { kind: 'notice', ask: { kind: 'notice' }, usual: 'noticed' },
  refused: {
    kind: 'refused',
    ask: { kind: 'refused', reason: refusal('admit/unknown-method') },
    usual: 'admit/unknown-method',
  },
};

function tool(name: string, args: JsonObject = {}): Extract<WorldAsk, { kind: 'invoke' }> {
  return { kind: 'invoke', tool: `fake.${name}`, args };
}

function mcp(method: string, params: JsonObject): WorldAsk {
  const found = methodOf('2026-07-28', method) ?? methodOf('2025-11-25', method);
  const read = found?.read(params);
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  return { kind: 'other', method, action: read.action };
}

function nextPage(cursor: string): WorldAsk {
  return mcp('tools/call', { name: nextPageName, arguments: { cursor } });
}

/** Without a cursor, of a tool that is not for this agent. */
function pageOfHidden(): WorldAsk {
  const target = toolTarget({ server: 'fake', tool: 'hidden' });
  const nothing = { arguments: {}, argumentBytes: canonicalBytes({}) };
  const action = { kind: 'result-page', target, named: nextPageName, ...nothing } as const;
  return { kind: 'other', method: 'tools/call', action };
}

/** The second page of a result that the only agent of the world was told in part. */
function keepPage({ parts }: GatewayWorld): WorldAsk {
  const [worker] = Object.values(parts.state.roster.instances);
  if (worker?.current === undefined) throw new Error('nobody is enrolled');
  const { tenant, agent, instance, current } = worker;
  const handle = parts.pages.newHandle();
  const of = {
    principal: { tenant, agent, instance, task: current.task },
    call: 'before',
    target: toolTarget({ server: 'fake', tool: 'get' }),
    arguments: {},
    argumentBytes: canonicalBytes({}),
  };
  parts.pages.keep(handle, of, [canonicalBytes({ content: [] })]);
  return nextPage(cursorOf(handle, 2));
}

function completion(name: string, value: string): WorldAsk {
  const ref = { type: 'ref/prompt', name };
  return mcp('completion/complete', { ref, argument: { name: 'n', value } });
}

function listing(kind: ActionKind, method: string, answer: JsonObject): Way {
  const hidden = { ask: mcp(method, list), code: 'tools/invalid-cursor' } as const;
  return { kind, ask: mcp(method, {}), answer, hidden, usual: 'result' };
}

function chat(model: string, content = 'hello', stream = false): WorldAsk {
  const asked = { model: `fake/${model}`, messages: [{ role: 'user', content }], stream };
  const { action } = readChat(canonicalBytes(asked));
  return { kind: 'other', method: 'POST chat/completions', action };
}

function refreshOf(server: string): Action {
  const id = { server, tool: 'tools/list' };
  return {
    kind: 'refresh',
    target: toolTarget(id),
    named: wireName(id),
    arguments: {},
    argumentBytes: canonicalBytes({}),
  };
}

/** What a model says to it: whole, or so much that it takes two windows. */
export function generated(stream: boolean): GenerationAnswer {
  const usage = { inputTokens: 1, outputTokens: 1 };
  if (!stream) return { kind: 'answer', completion: { said: 'hello' }, usage, bytes: 2 };
  const streamed = new FakeStreamed();
  streamed.text('a '.repeat(limits.windowBytes / 2), 'and more');
  streamed.say({ kind: 'complete', usage });
  return { kind: 'stream', stream: streamed };
}
