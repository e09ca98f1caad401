import { describe, expect, it } from 'vitest';
import type { Hearing } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { toAnswer } from './answer.ts';

const hearing: Hearing = {
  progress: false,
  log: undefined,
  capabilities: { elicitation: {} },
  hear: () => undefined,
};

function answered(result: JsonObject, offered: Hearing | undefined = hearing) {
  const message = { kind: 'result', id: 1, result } as const;
  return toAnswer(message, 100, { resultBytes: 1_000, hearing: offered });
}

const ask = { method: 'elicitation/create', params: { message: 'who?' } };

describe('an answer in which a server wants to know something first', () => {
  it('is taken when that can be asked, with what the server gives along', () => {
    const result = { resultType: 'input_required', inputRequests: { a: ask }, requestState: 's' };
    expect(answered(result)).toEqual({
      kind: 'asks',
      requests: { a: ask },
      state: 's',
      bytes: 100,
    });
    const onlyState = { resultType: 'input_required', requestState: 's' };
    expect(answered(onlyState)).toMatchObject({ kind: 'asks', requests: {} });
  });

  it('has broken the protocol when it asks what was not offered, nothing, or nonsense', () => {
    const required = { resultType: 'input_required' };
    for (const result of [
      required,
      { ...required, inputRequests: {} },
      { ...required, inputRequests: [] },
      { ...required, inputRequests: { a: 1 } },
      { ...required, inputRequests: { a: { method: 'sampling/createMessage' } } },
      { ...required, inputRequests: { a: { method: 'tools/call' } } },
      { ...required, requestState: 1 },
      { resultType: 'task' },
    ]) {
      expect(answered(result), JSON.stringify(result)).toMatchObject({
        kind: 'failed',
        refusal: { code: 'tools/upstream-protocol' },
      });
    }
  });

  it('asks as much at once as its cap, asksAtOnce, and not more', () => {
    const many = (count: number) => ({
      resultType: 'input_required',
      inputRequests: Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, ask])),
    });
    expect(answered(many(limits.asksAtOnce)).kind).toBe('asks');
    expect(answered(many(limits.asksAtOnce + 1)).kind).toBe('failed');
  });
});

describe('a server that needs to ask something', () => {
  it('has not begun, and says what; what else it writes there is left out (tools/needs-capability)', () => {
    const data = { requiredCapabilities: { sampling: { tools: {} }, 'ignore me': {} }, more: 'x' };
    const error = { code: -32_021, message: 'no', data };
    expect(toAnswer({ kind: 'error', id: 1, error }, 10, { resultBytes: 10 })).toMatchObject({
      kind: 'failed',
      effect: 'none',
      refusal: {
        code: 'tools/needs-capability',
        details: { requiredCapabilities: { sampling: {} } },
      },
    });
  });
});
