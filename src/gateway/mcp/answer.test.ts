import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, canonicalText, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Asked, createAnswers } from './answer.ts';
import { legacyRevisions, type Revision, servedRevisions } from './revisions.ts';

const answerTo = createAnswers({ name: 'bailiwick', version: '1' });
const serverInfo = { 'io.modelcontextprotocol/serverInfo': { name: 'bailiwick', version: '1' } };
const modern: Asked = { id: 7, method: 'tools/call', revision: '2026-07-28' };
const legacy: Asked = { ...modern, revision: '2025-11-25' };

function bodyOf(outcome: Outcome, asked: Asked = modern): JsonObject {
  const { body } = answerTo(outcome, asked);
  return parseJson(body ?? Buffer.from('{}')) as JsonObject;
}

function result(value: JsonObject): Outcome {
  return { kind: 'result', recordId: 'r-1', result: value, bytes: canonicalBytes(value) };
}

function refused(no: Refusal, recordId: string | undefined = 'r-1'): Outcome {
  return { kind: 'refused', recordId, refusal: no, effect: 'none' };
}

describe('a result', () => {
  it('is the bytes that the record commits to, with our words beside them', () => {
    const value = {
      content: [{ text: 'ü', type: 'text' }],
      structuredContent: { a: 1e21, b: null },
    };
    const { body, status } = answerTo(result(value), modern);
    expect(status).toBe(200);
    expect(body?.includes(canonicalBytes(value).subarray(1))).toBe(true);
    expect(bodyOf(result(value))).toEqual({
      id: 7,
      jsonrpc: '2.0',
      result: {
        ...value,
        resultType: 'complete',
        _meta: { 'dev.bailiwick/record': 'r-1', ...serverInfo },
      },
    });
    expect(bodyOf(result(value), legacy)['result']).toEqual({
      ...value,
      _meta: { 'dev.bailiwick/record': 'r-1' },
    });
    expect(bodyOf(result({}), legacy)['result']).toEqual({
      _meta: { 'dev.bailiwick/record': 'r-1' },
    });
  });

  it('says what it is once, wherever its server said so, and is the same as if it were written anew', () => {
    const type = { resultType: 'complete' };
    const deeper = { ...type, text: '"resultType":"complete"' };
    const results: JsonObject[] = [
      type,
      { content: [], ...type },
      { ...type, structuredContent: { a: 1 } },
      {
        content: [{ text: 'ü', type: 'text' }],
        isError: false,
        ...type,
        structuredContent: { a: 1 },
      },
      { content: [deeper], ...type },
      { content: [], ...type, structuredContent: deeper },
      { content: [], structuredContent: deeper },
      { content: [{ text: ',"resultType":"complete"', type: 'text' }], ...type },
      { content: [], resultType: 'another' },
      { content: [], ...type, _meta: { 'com.example/kept': 1 } },
    ];
    const record = { 'dev.bailiwick/record': 'r-1' };
    for (const value of results) {
      const { _meta: meta = {}, resultType: _, ...rest } = value;
      const kept = meta as JsonObject;
      expect(bodyOf(result(value))['result']).toEqual({
        ...rest,
        ...type,
        _meta: { ...kept, ...record, ...serverInfo },
      });
      expect(bodyOf(result(value), legacy)['result']).toEqual({
        ...rest,
        _meta: { ...kept, ...record },
      });
    }
  });

  it('keeps the meta data of its server, and cannot say for us what it is or who we are', () => {
    const value = {
      content: [],
      resultType: 'input_required',
      _meta: { 'com.example/kept': 1, 'io.modelcontextprotocol/serverInfo': { name: 'evil' } },
    };
    expect(bodyOf(result(value))['result']).toEqual({
      content: [],
      resultType: 'complete',
      _meta: { 'com.example/kept': 1, 'dev.bailiwick/record': 'r-1', ...serverInfo },
    });
  });
});

describe('what is no result', () => {
  it('is for the model when the model can act on it, in text and in data alike', () => {
    const recorded = { secret: 'the operator alone reads this' };
    const no = refusal('tools/outside-envelope', { details: { argument: 'amount' }, recorded });
    const body = bodyOf(refused(no))['result'] as JsonObject;
    const told = {
      code: 'tools/outside-envelope',
      message: no.message,
      suggestedAction: no.suggestedAction,
      effect: 'none',
      details: { argument: 'amount' },
      record: 'r-1',
    };
    expect(body).toMatchObject({
      isError: true,
      _meta: { 'dev.bailiwick/refusal': told, 'dev.bailiwick/record': 'r-1' },
    });
    const [text] = body['content'] as readonly JsonObject[];
    expect(text).toEqual({ type: 'text', text: canonicalText(told) });
  });

  it.each([
    ['identity/missing', 401, 401],
    ['admit/overloaded', 503, 503],
    ['stop/unconfirmed', 503, 503],
    ['gateway/internal', 500, -32603],
    ['admit/malformed', 400, -32600],
    ['admit/unknown-method', 404, -32601],
    ['admit/header-mismatch', 400, -32020],
    ['json/syntax', 400, -32700],
    ['tools/not-visible', 200, -32602],
    ['offers/not-visible', 200, -32602],
  ] as const)('is an error of the protocol for %s: HTTP %d, code %d', (code, status, rpc) => {
    const answer = answerTo(refused(refusal(code)), modern);
    expect(answer.status).toBe(status);
    expect(answer.refusal?.code).toBe(code);
    expect(bodyOf(refused(refusal(code)))).toMatchObject({ id: 7, error: { code: rpc } });
  });

  it.each([
    ['standing/rate', 429],
    ['standing/open-calls', 429],
    ['standing/agent-suspended', 403],
    ['stop/active', 403],
    ['policy/denied', 403],
    ['tools/invalid-arguments', 422],
    ['tools/upstream-protocol', 502],
  ] as const)('is read by the model for %s, in every revision [TOL-01]', (code, status) => {
    for (const revision of servedRevisions) {
      const no = refusal(code, { retryAfter: 7 });
      const answer = answerTo(refused(no), { ...modern, revision });
      expect([answer.status, answer.refusal?.status]).toEqual([200, status]);
      const told = { code, effect: 'none', retryAfter: 7, record: 'r-1' };
      expect(bodyOf(refused(no), { ...modern, revision })['result']).toMatchObject({
        isError: true,
        _meta: { 'dev.bailiwick/refusal': told },
      });
    }
  });

  it('is a denial with a handle where it is about what the caller may do, and none elsewhere', () => {
    const denial = { reason: 'insufficient_authorization', authorizationContextId: 'r-1' };
    expect(bodyOf(refused(refusal('policy/denied')))['result']).toMatchObject({
      _meta: { 'dev.bailiwick/authorization': denial },
    });
    const list = { ...modern, method: 'tools/list' };
    expect(bodyOf(refused(refusal('policy/denied')), list)['error']).toMatchObject({
      data: { authorization: denial },
    });
    expect(JSON.stringify(bodyOf(refused(refusal('tools/invalid-arguments'))))).not.toContain(
      'insufficient_authorization',
    );
  });

  it('names no record when there is none', () => {
    const no = refused(refusal('policy/denied'));
    const unrecorded = { ...no, recordId: undefined } as Outcome;
    expect(JSON.stringify(bodyOf(unrecorded))).not.toContain('record');
  });

  it('is a hold with a handle, when a human has to say yes', () => {
    const approval = { handle: 'h', approvalId: 'a', expiresAt: 1_790_000_000_000 };
    const body = bodyOf({ kind: 'held', recordId: 'r-1', approval })['result'];
    expect(body).toMatchObject({
      isError: true,
      _meta: {
        'dev.bailiwick/approval': { handle: 'h', approval: 'a' },
        'dev.bailiwick/refusal': { code: 'approvals/pending', handle: 'h' },
        'dev.bailiwick/record': 'r-1',
      },
    });
  });

  it('says to the model that nothing was done, and to repeat the identical call', () => {
    const approval = { handle: 'h', approvalId: 'a-7', expiresAt: 1_790_000_000_000 };
    const body = bodyOf({ kind: 'held', recordId: 'r-1', approval })['result'] as JsonObject;
    const [{ text = '' } = {}] = body['content'] as readonly { readonly text?: string }[];
    expect(text).toMatch(/nothing was done/);
    expect(text).toMatch(/repeat the identical call/);
    expect(text).toContain('a-7');
    expect(body['_meta']).toMatchObject({
      'dev.bailiwick/refusal': {
        effect: 'none',
        nextStep: 'repeat',
        pollIntervalMs: limits.approvalPollMs,
        record: 'r-1',
      },
      'dev.bailiwick/authorization': { authorizationContextId: 'a-7' },
    });
  });
});

describe('a revision with a handshake', () => {
  it.each(legacyRevisions)(
    '%s keeps its session whatever one request is refused for',
    (revision) => {
      for (const code of [
        'admit/unknown-method',
        'admit/malformed',
        'admit/too-large',
        'admit/overloaded',
        'stop/active',
        'standing/rate',
        'policy/denied',
        'gateway/internal',
        'gateway/shutting-down',
      ] as const) {
        for (const method of ['tools/call', 'tools/list', 'nobody/knows']) {
          const asked = { id: 7, method, revision };
          expect([code, answerTo(refused(refusal(code)), asked).status]).toEqual([code, 200]);
          expect(bodyOf(refused(refusal(code)), asked)['id']).toBe(7);
        }
      }
      const asked = { ...legacy, revision };
      expect(bodyOf(refused(refusal('admit/unknown-method')), asked)['error']).toMatchObject({
        code: -32_601,
      });
      expect(answerTo(refused(refusal('identity/expired-token')), asked).status).toBe(401);
    },
  );

  it('is told by the status where there is no request to answer', () => {
    const no = refused(refusal('stop/active'));
    expect(answerTo(no, { ...legacy, revision: undefined }).status).toBe(403);
    const wrong = refused(refusal('admit/malformed'));
    expect(answerTo(wrong, { ...legacy, id: null }).status).toBe(400);
    expect(answerTo(no, { ...modern, id: null }).status).toBe(403);
  });

  it.each(['stop/active', 'admit/rate', 'standing/rate', 'admit/overloaded'] as const)(
    'loses no session over a notice that cannot be taken now: %s [SYS-043]',
    (code) => {
      const no = refused(refusal(code, { retryAfter: 3 }));
      const answer = answerTo(no, { ...legacy, method: 'notifications/cancelled', id: null });
      expect(answer).toMatchObject({ status: 202, body: undefined, refusal: { retryAfter: 3 } });
    },
  );

  it.each([
    [
      '2026-07-28',
      ['_meta', 'annotations', 'icons', 'inputSchema', 'name', 'outputSchema', 'title'],
    ],
    [
      '2025-11-25',
      [
        '_meta',
        'annotations',
        'execution',
        'icons',
        'inputSchema',
        'name',
        'outputSchema',
        'title',
      ],
    ],
    ['2025-06-18', ['_meta', 'annotations', 'inputSchema', 'name', 'outputSchema', 'title']],
    ['2025-03-26', ['annotations', 'inputSchema', 'name']],
    ['2024-11-05', ['inputSchema', 'name']],
  ] as const)('%s lists a tool by what it knows', (revision, members) => {
    const tool = {
      name: 'a__b',
      title: 'B',
      icons: [],
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
      execution: { taskSupport: 'optional' },
      _meta: {},
    };
    const listed: Outcome = {
      kind: 'listed',
      recordId: 'r-1',
      page: { items: [tool], nextCursor: undefined },
    };
    const body = bodyOf(listed, { ...legacy, method: 'tools/list', revision });
    const [shown] = (body['result'] as JsonObject)['tools'] as readonly JsonObject[];
    expect(Object.keys(shown ?? {}).sort()).toEqual(members);
  });

  it('shows no schema of what it could not carry', () => {
    const page = { items: [{ name: 'a', outputSchema: { type: 'array' } }], nextCursor: undefined };
    const listed: Outcome = { kind: 'listed', recordId: 'r-1', page };
    const [shown] = (bodyOf(listed, { ...legacy, method: 'tools/list' })['result'] as JsonObject)[
      'tools'
    ] as readonly JsonObject[];
    expect(shown).toEqual({ name: 'a' });
  });

  const parts = [
    { type: 'text', text: 't', _meta: {} },
    { type: 'audio', data: '', mimeType: 'audio/wav' },
    { type: 'resource_link', uri: 'file:///a', name: 'a', icons: [] },
    { type: 'resource', resource: { uri: 'file:///b', text: 'b', _meta: {} } },
  ];
  const contentIn = (revision: Revision, value: JsonObject) =>
    bodyOf(result(value), { ...modern, revision })['result'] as JsonObject;

  it('says as text what it has no form for, and leaves out what is beside', () => {
    expect(contentIn('2025-11-25', { content: parts })['content']).toEqual(parts);
    expect(contentIn('2025-06-18', { content: parts })['content']).toEqual([
      ...parts.slice(0, 2),
      { type: 'resource_link', uri: 'file:///a', name: 'a' },
      parts[3],
    ]);
    const older = [
      { type: 'text', text: 't' },
      parts[1],
      { type: 'text', text: '[a](file:///a)' },
      { type: 'resource', resource: { uri: 'file:///b', text: 'b' } },
    ];
    expect(contentIn('2025-03-26', { content: parts })['content']).toEqual(older);
    expect(contentIn('2024-11-05', { content: parts })['content']).toEqual(
      older.with(1, { type: 'text', text: '[sound, audio/wav]' }),
    );
  });

  it('has the text in place of a structure that it cannot carry', () => {
    const value = { content: [], structuredContent: { a: 1 } };
    expect(contentIn('2025-06-18', value)).toMatchObject(value);
    expect(contentIn('2025-03-26', value)['structuredContent']).toBeUndefined();
    expect(contentIn('2025-03-26', value)['content']).toEqual([{ type: 'text', text: '{"a":1}' }]);
    const said = { content: [{ type: 'text', text: 'one' }], structuredContent: [1] };
    expect(contentIn('2026-07-28', said)['structuredContent']).toEqual([1]);
    expect(contentIn('2025-11-25', said)['structuredContent']).toBeUndefined();
    expect(contentIn('2025-11-25', said)['content']).toEqual(said.content);
  });

  it('reads prompts and resources by what it knows', () => {
    const messages = [{ role: 'user', content: parts[2] as JsonObject }];
    expect(contentIn('2025-03-26', { messages })['messages']).toEqual([
      { role: 'user', content: { type: 'text', text: '[a](file:///a)' } },
    ]);
    const contents = [{ uri: 'file:///a', text: 'a', _meta: {} }];
    expect(contentIn('2025-03-26', { contents })['contents']).toEqual([
      { uri: 'file:///a', text: 'a' },
    ]);
    const prompts = [{ name: 'p', title: 'P', arguments: [{ name: 'a', title: 'A' }] }];
    const list = { id: 1, method: 'prompts/list', revision: '2025-03-26' } as const;
    expect((bodyOf(result({ prompts }), list)['result'] as JsonObject)['prompts']).toEqual([
      { name: 'p', arguments: [{ name: 'a' }] },
    ]);
  });
});

describe('a method whose result has no way to say no', () => {
  const list: Asked = { ...modern, method: 'tools/list' };

  it('is refused by an error of the protocol, with what a model can act on', () => {
    const no = refused(refusal('policy/denied'));
    expect(answerTo(no, list).status).toBe(200);
    expect(bodyOf(no, list)['error']).toMatchObject({
      code: 403,
      data: { code: 'policy/denied', effect: 'none', record: 'r-1' },
    });
  });

  it.each(['resources/read', 'prompts/get', 'completion/complete'])(
    'tells a no in a form that every client reads, and no status of its own: %s [SYS-043]',
    (method) => {
      for (const code of ['policy/denied', 'stop/active', 'approvals/rejected'] as const) {
        const no = refused(refusal(code));
        for (const asked of [
          { ...modern, method },
          { ...legacy, method },
        ]) {
          expect([code, answerTo(no, asked).status]).toEqual([code, 200]);
          expect(bodyOf(no, asked)['error']).toMatchObject({ data: { code } });
        }
      }
      // What is wrong with the request itself has the status that the revision gives it.
      const wrong = refused(refusal('admit/header-mismatch'));
      expect(answerTo(wrong, { ...modern, method }).status).toBe(400);
      expect(answerTo(refused(refusal('standing/rate')), { ...modern, method }).status).toBe(429);
    },
  );

  it('says of which resource there is none, in the words in which it was asked for [SYS-043]', () => {
    const asked = { method: 'resources/read', uri: 'file:///gone' };
    for (const era of [modern, legacy]) {
      const no = bodyOf(refused(refusal('offers/not-visible')), { ...era, ...asked });
      expect(no['error']).toMatchObject({ data: { uri: 'file:///gone' } });
      const other = bodyOf(refused(refusal('policy/denied')), { ...era, ...asked });
      expect(JSON.stringify(other)).not.toContain('file:///gone');
    }
  });

  it('is held by an error that has the handle', () => {
    const approval = { handle: 'h', approvalId: 'a', expiresAt: 1_790_000_000_000 };
    const held: Outcome = { kind: 'held', recordId: 'r-1', approval };
    expect(answerTo(held, list).status).toBe(200);
    expect(bodyOf(held, list)['error']).toMatchObject({
      code: 202,
      data: { code: 'approvals/pending', handle: 'h', approval: 'a', record: 'r-1' },
    });
  });

  it('cannot be told by its server how long to keep what was told, nor for whom', () => {
    const value = { tools: [], ttlMs: 86_400_000, cacheScope: 'public' };
    expect(bodyOf(result(value), list)['result']).toMatchObject({
      tools: [],
      ttlMs: limits.toolsListTtlMs,
      cacheScope: 'private',
    });
  });
});

describe('a list and a greeting', () => {
  const page = { items: [{ name: 'a.b' }], nextCursor: 'next' };

  it('belong to their reader, for as long as a revocation takes', () => {
    const listed: Outcome = { kind: 'listed', recordId: 'r-1', page };
    const list = { method: 'tools/list' };
    expect(bodyOf(listed, { ...modern, ...list })['result']).toMatchObject({
      tools: page.items,
      nextCursor: 'next',
      ttlMs: limits.toolsListTtlMs,
      cacheScope: 'private',
    });
    const old = bodyOf(listed, { ...legacy, ...list })['result'] as JsonObject;
    expect(Object.keys(old).sort()).toEqual(['_meta', 'nextCursor', 'tools']);
  });

  it('say what is served, each in its own revision', () => {
    const greeted: Outcome = { kind: 'greeted', recordId: 'r-1' };
    expect(bodyOf(greeted, legacy)['result']).toMatchObject({ protocolVersion: '2025-11-25' });
    expect(bodyOf(greeted)['result']).toMatchObject({
      supportedVersions: [...servedRevisions],
      resultType: 'complete',
    });
  });

  it('are answered with nothing but a status when nothing was asked', () => {
    const noticed = { kind: 'noticed', recordId: 'r-1', principal: {} } as unknown as Outcome;
    expect(answerTo(noticed, { ...legacy, id: null })).toEqual({
      status: 202,
      body: undefined,
      refusal: undefined,
    });
    expect(bodyOf(noticed, legacy)).toEqual({ id: 7, jsonrpc: '2.0', result: {} });
  });
});
