import { describe, expect, it } from 'vitest';
import { type CallRecord, explainCall } from '../../console/app/explain-records.ts';
import { eventsOf } from '../../console/app/events-of.ts';

const base = {
  time: '2026-11-27T22:00:00.000Z',
  actors: [{ kind: 'agent', name: 'worker' }],
  call: 'c1',
  questions: {
    who: 'agent worker, instance i',
    asks: 'tools/call fake.pay',
    canInvoke: 'some',
    withoutHuman: false,
  },
} as const;
const decision = {
  effect: 'approve',
  rules: ['builtin/write'],
  policyDigest: 'd',
  questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
  errors: [],
} as const;
const record = (type: string, over: Partial<CallRecord> = {}): CallRecord => ({
  ...base,
  id: type,
  type,
  ...over,
});
const told = (...records: CallRecord[]) =>
  explainCall(records).map(({ gate, sentence }) => `${gate}: ${sentence}`);

describe('a call explained', () => {
  it('tells the gates up to the one that ended it, and none behind [OBS-07]', () => {
    const refusal = {
      stage: 'standing',
      code: 'standing/agent-suspended',
      message: 'this agent is suspended',
    };
    expect(told(record('gateway.refused', { refusal }))).toEqual([
      'Door: The request was well formed, and nothing stood in its way.',
      'Identity: It was known who asks: agent worker, instance i.',
      'Standing: It ended here: this agent is suspended (standing/agent-suspended).',
    ]);
  });

  it('tells by which rule it waits, and what a person said [OBS-07]', () => {
    const rejected = record('approval.rejected', {
      actors: [{ kind: 'human', name: 'ada' }],
      details: { reason: 'too much' },
    });
    const lines = told(
      record('approval.requested', { decision }),
      record('gateway.held', { decision }),
      rejected,
    );
    expect(lines).toContain('Policy: The rule builtin/write wants a person to say yes.');
    expect(lines.slice(-3)).toEqual([
      'Approval: The gateway asked a person.',
      'Approval: The agent was told to wait: the answer came later.',
      'Approval: ada said no: too much.',
    ]);
  });

  it('tells what was lent, and what is not known', () => {
    const over = {
      decision: { ...decision, effect: 'allow' },
      lease: [{ secret: 'key' }],
      effect: 'unknown',
    };
    const lines = told(record('policy.intent', over), record('policy.outcome', over));
    expect(lines.filter((line) => line.startsWith('Credential'))).toHaveLength(1);
    expect(lines.at(-1)).toBe('Outcome: Whether it was done is not known.');
  });

  it('claims no gate that a list does not walk', () => {
    const gates = explainCall([record('policy.listed')]).map(({ gate }) => gate);
    expect(gates).toEqual(['Door', 'Identity', 'Standing', 'Catalogue', 'Outcome']);
    expect(explainCall([])).toEqual([]);
  });
});

describe('events as they come over the wire', () => {
  it('are read whole wherever they are cut', async () => {
    const text =
      ': still here\n\nevent: changed\ndata: {"tools":1}\n\nevent: ended\ndata: {}\n\nevent: cut';
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 3, 7, bytes.length]) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size)
            controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const found = [];
      for await (const one of eventsOf(body)) found.push(one);
      expect(found).toEqual([
        { name: 'changed', data: '{"tools":1}' },
        { name: 'ended', data: '{}' },
      ]);
    }
  });
});
