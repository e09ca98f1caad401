/** What the bare servers of the bench answer, of either era. */
export interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly model?: string;
  readonly params?: { readonly name?: string };
}

const tool = {
  description: 'answers',
  inputSchema: {
    type: 'object',
    properties: {
      customer: { type: 'string' },
      fields: { type: 'array', items: { type: 'string' } },
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      note: { type: 'string', maxLength: 2000 },
      nested: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'boolean' } } },
    },
    required: ['customer'],
    additionalProperties: false,
  },
};

const small = JSON.stringify({ id: 'c-1001', name: 'Ada', address: 'x'.repeat(600) });
const lines = Array.from({ length: 600 }, (_, at) => ({
  id: at,
  name: 'Ada',
  note: 'x'.repeat(72),
}));
const big = JSON.stringify(lines);

type Results = Readonly<Record<string, object>>;

/** A server of 2025-11-25, with so many tools besides its own three. */
export function legacyServer(more = 0): (asked: Asked) => unknown {
  return answering({
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    },
    'tools/list': { tools: toolsWith(more) },
  });
}

/** One of 2026-07-28: every answer says that it is whole. */
export function modernServer(): (asked: Asked) => unknown {
  const whole = { resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' };
  return answering(
    {
      'server/discover': {
        ...whole,
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
      },
      'tools/list': { ...whole, tools: toolsWith(0) },
    },
    { resultType: 'complete' },
  );
}

function toolsWith(more: number): object[] {
  const names = Array.from({ length: more }, (_, at) => `tool_${at}`);
  return ['echo', 'write', 'big', ...names].map((name) => ({ ...tool, name }));
}

function answering(results: Results, ofCalls: object = {}): (asked: Asked) => unknown {
  return ({ id, method = '', params }) => {
    if (id === undefined) return undefined;
    const text = params?.name === 'big' ? big : small;
    const call = { ...ofCalls, content: [{ type: 'text', text }] };
    const result = method === 'tools/call' ? call : results[method];
    if (result !== undefined) return { jsonrpc: '2.0', id, result };
    return { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } };
  };
}

export function modelAnswer({ model }: Asked): unknown {
  const message = { role: 'assistant', content: 'Your parcel is on its way. '.repeat(20) };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 180, completion_tokens: 120, total_tokens: 300 },
  };
}
