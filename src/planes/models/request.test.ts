import { describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { refusedMembers, unservedMembers } from './refused-members.ts';
import { judgeRequest } from './request.ts';

const png = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`;
const user = { role: 'user', content: 'hello' };

/** As it comes out of the strict reader. */
function judge(request: JsonObject) {
  const value = parseJson(canonicalBytes(request));
  if (!isJsonObject(value)) throw new Error('no object');
  return judgeRequest(value);
}

function codeOf(request: JsonObject): unknown {
  const judged = judge(request);
  return isRefusal(judged) ? [judged.code, judged.details?.['member']] : 'judged';
}

const whole: JsonObject = {
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'developer', content: [{ type: 'text', text: 'and kind' }], name: 'house' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'what is this?' },
        { type: 'image_url', image_url: { url: png, detail: 'low' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
    { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    user,
  ],
  max_completion_tokens: 100,
  n: 2,
  temperature: 0.2,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: -1,
  seed: 7,
  stop: ['\n'],
  logit_bias: { '50256': -100 },
  modalities: ['text'],
  parallel_tool_calls: false,
  reasoning_effort: 'low',
  verbosity: 'low',
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
  service_tier: 'default',
  user: 'u-1',
  safety_identifier: 's-1',
  tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
  tool_choice: { type: 'function', function: { name: 'look' } },
  store: false,
};

describe('a request to a model', () => {
  it('of every allowed member is let through', () => {
    const { store: _said, ...allowed } = whole;
    expect(judge(allowed)).toEqual({ kind: 'judged', choices: 2, outputTokens: 100 });
    expect(judge({ messages: [user] })).toEqual({
      kind: 'judged',
      choices: 1,
      outputTokens: undefined,
    });
  });

  it('may say that nothing is kept', () => {
    expect(codeOf(whole)).toBe('judged');
    expect(codeOf({ ...whole, store: true })).toEqual(['models/provider-executed', 'store']);
  });

  it('asks for the higher of two bounds', () => {
    const judged = judge({ messages: [user], max_tokens: 9, max_completion_tokens: 5 });
    expect(judged).toMatchObject({ outputTokens: 9 });
  });

  it.each(Object.keys(refusedMembers))('with `%s` is refused with its reason', (member) => {
    const judged = judge({ messages: [user], [member]: {} });
    expect(judged).toMatchObject({ code: 'models/provider-executed', details: { member } });
    expect(isRefusal(judged) && judged.message).toContain(refusedMembers[member]);
  });

  it.each(Object.keys(unservedMembers))('with `%s` is told to leave it out', (member) => {
    const judged = judge({ messages: [user], [member]: {} });
    expect(judged).toMatchObject({ code: 'models/not-served', details: { member } });
    expect(isRefusal(judged) && judged.message).toContain(unservedMembers[member]);
    expect(isRefusal(judged) && judged.suggestedAction).toContain('leave out');
  });

  it.each(['mcp', 'web_search', 'file_search', 'code_interpreter', 'computer', 'shell', 'custom'])(
    'may not have the provider run a tool of type %s',
    (type) => {
      const tools = [{ type, server_url: 'https://evil.example', [type]: {} }];
      expect(codeOf({ messages: [user], tools })).toEqual([
        'models/provider-executed',
        'tools.0.type',
      ]);
    },
  );

  it.each([
    'https://evil.example/x.png?secret',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'data:text/html;base64,eA==',
    ` ${png}`,
    `${png}\n`,
    'data:image/svg+xml;base64,eA==',
  ])('may not have the provider fetch %s', (url) => {
    const content = [{ type: 'image_url', image_url: { url } }];
    const messages = [{ role: 'user', content }];
    expect(codeOf({ messages })).toEqual([
      'models/provider-executed',
      'messages.0.content.0.image_url.url',
    ]);
  });

  it.each<[string, JsonObject]>([
    ['unheard_of', { messages: [user], unheard_of: 1 }],
    ['messages.0.cache_control', { messages: [{ ...user, cache_control: {} }] }],
    [
      'messages.0.content.0.extra',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', extra: 1 }] }] },
    ],
    [
      'messages.0.content.0.image_url.fetch',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: png, fetch: 1 } }] },
        ],
      },
    ],
    ['messages.0.audio', { messages: [{ role: 'assistant', content: 'x', audio: { id: 'a' } }] }],
    [
      'tools.0.function.server_url',
      { messages: [user], tools: [{ type: 'function', function: { name: 'x', server_url: 'y' } }] },
    ],
    [
      'response_format.grammar',
      { messages: [user], response_format: { type: 'text', grammar: 'x' } },
    ],
  ])('is refused for the unknown member %s, by its name', (member, request) => {
    expect(codeOf(request)).toEqual(['models/unknown-field', member]);
  });

  it.each<[string, JsonObject]>([
    ['messages', {}],
    ['messages', { messages: [] }],
    ['messages.0.role', { messages: [{ role: 'function', name: 'x', content: 'y' }] }],
    ['messages.0.content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages.0.content.0.type', { messages: [{ role: 'user', content: [{ type: 'file' }] }] }],
    ['max_tokens', { messages: [user], max_tokens: 0 }],
    ['max_tokens', { messages: [user], max_tokens: '5' }],
    ['temperature', { messages: [user], temperature: 9 }],
    ['modalities.0', { messages: [user], modalities: ['audio'] }],
    ['service_tier', { messages: [user], service_tier: 'priority' }],
    [
      'tools.0.function.name',
      { messages: [user], tools: [{ type: 'function', function: { name: 'a b' } }] },
    ],
  ])('does not fit where `%s` is wrong', (member, request) => {
    expect(codeOf(request)).toEqual(['models/invalid-request', member]);
  });

  it('asks for as many choices as the table of limits lets, and not for one more', () => {
    expect(limits.modelChoices).toBe(8);
    expect(codeOf({ messages: [user], n: limits.modelChoices })).toBe('judged');
    expect(codeOf({ messages: [user], n: limits.modelChoices + 1 })).toEqual([
      'models/invalid-request',
      'n',
    ]);
  });

  it('is refused without a word of what it said', () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://evil.example/canary' } }];
    for (const request of [
      { messages: [{ role: 'user', content }] },
      { messages: [{ role: 'canary', content: 'canary' }] },
      { messages: [user], temperature: 'canary', n: 'canary' },
      { messages: [user], web_search_options: { where: 'canary' } },
    ]) {
      expect(JSON.stringify(judge(request))).not.toContain('canary');
    }
  });
});
