import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf } from '#kernel/call.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { parseIncoming } from './message.ts';
import type { Read } from './method.ts';
import { toAction } from './to-action.ts';

/** What becomes of these bytes: a call, or why they are none. */
function read(text: string, revision: '2026-07-28' | '2025-11-25' = '2025-11-25'): Read | string {
  const message = parseIncoming(Buffer.from(text));
  if ('length' in message) return 'a batch';
  if (message.kind === 'bad') return message.refusal.code;
  if (message.kind === 'response') return 'a response';
  return toAction(message, revision);
}

function asked(method: string, params: unknown = {}): Read | string {
  return read(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
}

function noted(method: string, params: unknown = {}): Read | string {
  return read(JSON.stringify({ jsonrpc: '2.0', method, params }));
}

function refusalOf(call: Read | string): string | undefined {
  if (typeof call === 'string') return call;
  return call.action.kind === 'refused' ? call.action.reason.code : undefined;
}

describe('the bytes of a request', () => {
  it.each([
    ['nothing', '', 'json/syntax'],
    ['an empty batch', '[]', 'admit/malformed'],
    [
      'a batch that is too long (batchMessages)',
      `[${Array.from({ length: limits.batchMessages + 1 }, () => '{}').join(',')}]`,
      'admit/too-large',
    ],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'admit/malformed'],
    ['no method', '{"jsonrpc":"2.0","id":1}', 'admit/malformed'],
    [
      'a member that nobody knows',
      '{"jsonrpc":"2.0","id":1,"method":"ping","x":1}',
      'admit/malformed',
    ],
    ['an answer', '{"jsonrpc":"2.0","id":1,"result":{}}', 'a response'],
    [
      'an answer that is two',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}',
      'admit/malformed',
    ],
    ['an answer with more', '{"jsonrpc":"2.0","id":1,"result":{},"x":1}', 'admit/malformed'],
    ['an answer without a result', '{"jsonrpc":"2.0","id":1,"result":1}', 'admit/malformed'],
    ['an error without a code', '{"jsonrpc":"2.0","id":1,"error":{}}', 'admit/malformed'],
    [
      'params that are a list',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
      'admit/malformed',
    ],
    ['an id that is no id', '{"jsonrpc":"2.0","id":{},"method":"ping"}', 'admit/malformed'],
    ['an id that is a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 'admit/malformed'],
    ['two ids', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 'json/duplicate-key'],
    [
      'a method that is too long',
      `{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(129)}"}`,
      'admit/malformed',
    ],
    [
      'an id that is too long',
      `{"jsonrpc":"2.0","id":"${'i'.repeat(257)}","method":"ping"}`,
      'admit/malformed',
    ],
  ])('are refused when they are %s', (_, text, code) => {
    expect(refusalOf(read(text))).toBe(code);
  });

  it('are a call or refused, never a fault', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (params, method) => {
        const text = `{"jsonrpc":"2.0","id":1,"method":${JSON.stringify(method)},"params":${params}}`;
        const call = read(text);
        if (typeof call === 'object') expect(call.action.kind).toBe('refused');
        else expect(call).toMatch(/^(?:admit|json)\//);
      }),
    );
  });
});

describe('a method', () => {
  it('is served in its own revision only, and no other is', () => {
    expect(asked('initialize')).toMatchObject({ action: { kind: 'greet' } });
    const discover = '{"jsonrpc":"2.0","id":1,"method":"server/discover"}';
    expect(refusalOf(read(discover))).toBe('admit/unknown-method');
    expect(read(discover, '2026-07-28')).toMatchObject({ action: { kind: 'greet' } });
    for (const method of ['tasks/get', 'toString', '__proto__', 'constructor']) {
      expect([method, refusalOf(asked(method))]).toEqual([method, 'admit/unknown-method']);
    }
  });

  it('that wants an answer is no notification, and the other way round', () => {
    expect(refusalOf(noted('tools/call', { name: 'a.b' }))).toBe('admit/unknown-method');
    expect(refusalOf(asked('notifications/cancelled'))).toBe('admit/unknown-method');
    expect(noted('notifications/cancelled')).toMatchObject({ action: { kind: 'notice' } });
  });
});

describe('a call of a tool', () => {
  it('carries its arguments as the bytes that are judged', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue()), (given) => {
        const call = asked('tools/call', { name: 'a.b', arguments: given });
        if (typeof call === 'string') {
          expect(call).toMatch(/^json\//);
          return;
        }
        const content = contentOf(call.action);
        const text = content?.argumentBytes.toString('utf8') ?? '';
        expect(canonicalBytes(parseJson(Buffer.from(text))).toString('utf8')).toBe(text);
        expect(canonicalBytes(content?.arguments ?? null).toString('utf8')).toBe(text);
      }),
    );
  });

  it('without arguments is one with none', () => {
    const call = asked('tools/call', { name: 'a.b' });
    const content = typeof call === 'string' ? undefined : contentOf(call.action);
    expect(String(content?.argumentBytes)).toBe('{}');
    expect(content?.arguments).toEqual({});
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a name that is too long', { name: 'n'.repeat(limits.toolNameBytes + 1) }],
    ['arguments that are a list', { name: 'a.b', arguments: [] }],
    ['a task', { name: 'a.b', task: {} }],
    ['replies that are a list', { name: 'a.b', inputResponses: [] }],
    ['a state that is no text', { name: 'a.b', requestState: 1 }],
    ['a state that is too long', { name: 'a.b', requestState: 'x'.repeat(257) }],
    ['meta data that is a list', { name: 'a.b', _meta: [] }],
    ['a handle that is no text', { name: 'a.b', _meta: { 'dev.bailiwick/approval': {} } }],
    [
      'a handle that is too long',
      { name: 'a.b', _meta: { 'dev.bailiwick/approval': 'h'.repeat(65) } },
    ],
  ])('is refused with %s', (_, params) => {
    const call = asked('tools/call', params);
    expect(call).toMatchObject({
      action: { kind: 'refused', reason: { code: 'admit/malformed' } },
    });
  });

  it('may have a name of the longest length, and a handle', () => {
    const name = `a.${'n'.repeat(limits.toolNameBytes - 2)}`;
    const _meta = { 'dev.bailiwick/approval': 'h'.repeat(64) };
    expect(asked('tools/call', { name, _meta })).toMatchObject({
      action: { kind: 'tool-call', named: name },
      approvalHandle: 'h'.repeat(64),
    });
  });

  it.each([
    ['text', 'c', 'tool-list', 'c'],
    ['empty text, which is a cursor', '', 'tool-list', ''],
    ['too long', 'c'.repeat(513), 'refused', undefined],
    ['a number', 1, 'refused', undefined],
  ])('lists by a cursor that is %s', (_, cursor, kind, taken) => {
    expect(asked('tools/list', { cursor })).toMatchObject(
      taken === undefined ? { action: { kind } } : { action: { kind, cursor: taken } },
    );
  });
});

describe('what could be written for an argument', () => {
  const argument = { name: 'id', value: 'a' };

  it('is asked of a prompt, or of a template of resources', () => {
    const ofPrompt = asked('completion/complete', {
      ref: { type: 'ref/prompt', name: 'a__b' },
      argument,
      context: { arguments: { other: 'x' } },
    });
    expect(ofPrompt).toMatchObject({
      action: {
        kind: 'complete',
        target: { kind: 'prompt', owner: 'a', name: 'b' },
        arguments: { argument, context: { arguments: { other: 'x' } } },
      },
    });
    const ofTemplate = asked('completion/complete', {
      ref: { type: 'ref/resource', uri: 'file:///{path}' },
      argument,
    });
    expect(ofTemplate).toMatchObject({
      action: { kind: 'complete', target: { kind: 'resource', name: 'file:///{path}' } },
    });
  });

  it.each([
    ['no ref', { argument }],
    ['a ref of an unknown type', { ref: { type: 'ref/tool', name: 'a' }, argument }],
    ['a prompt without a name', { ref: { type: 'ref/prompt' }, argument }],
    ['a name that is too long', { ref: { type: 'ref/prompt', name: 'n'.repeat(2_049) }, argument }],
    ['no argument', { ref: { type: 'ref/prompt', name: 'a' } }],
    [
      'a value that is no text',
      { ref: { type: 'ref/prompt', name: 'a' }, argument: { name: 'a' } },
    ],
    ['a context that is a list', { ref: { type: 'ref/prompt', name: 'a' }, argument, context: [] }],
  ])('is refused with %s', (_, params) => {
    expect(refusalOf(asked('completion/complete', params))).toBe('admit/malformed');
  });
});
