import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, canonicalText, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Asked, createAnswers } from './answer.ts';

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
    ['standing/rate', 429, 429],
    ['standing/open-calls', 429, 429],
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
});

describe('a method whose result has no way to say no', () => {
  const list: Asked = { ...modern, method: 'tools/list' };

  it('is refused by an error of the protocol, with what a model can act on', () => {
    const no = refused(refusal('policy/denied'));
    expect(answerTo(no, list).status).toBe(403);
    expect(bodyOf(no, list)['error']).toMatchObject({
      code: 403,
      data: { code: 'policy/denied', effect: 'none', record: 'r-1' },
    });
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
      supportedVersions: ['2026-07-28', '2025-11-25'],
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
