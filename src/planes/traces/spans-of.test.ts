import { describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import type { RecordDraft, RecordEnvelope, RecordType } from '#kernel/record.ts';
import { spanOf, traceBegunBy } from '#kernel/trace.ts';
import { draftOf, everyType, without } from '../../../test/fakes/record-drafts.ts';
import { conventionsVersion } from './conventions.ts';
import { otlpTraces } from './otlp.ts';
import { spansOf } from './spans-of.ts';
import { traceRequest as write } from './trace-request.ts';

const begun = Date.parse('2026-11-27T12:00:00.000Z');
const call = newId(begun);
const intent = newId(begun + 20);
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const trace = `00-${traceId}-${parent}-01`;

function recordOf(type: RecordType, over: Partial<RecordDraft> = {}): RecordEnvelope {
  const draft = without(
    draftOf(type),
    'refusal',
    'approval',
    'wouldHave',
    'traceIgnored',
    'details',
  );
  return {
    ...draft,
    call,
    intent,
    trace,
    durationUs: 100_500,
    ...over,
    schema: 2,
    id: newId(begun + 100),
    time: new Date(begun + 100).toISOString(),
    monotonicUs: 1,
    writer: 'gateway-1',
    sequence: 1,
  };
}

describe('the spans of a call', () => {
  it('are what the gateway did, below its caller, and what it asked upstream, below that [AUD-14]', () => {
    const [server, client, ...more] = spansOf(recordOf('policy.outcome'));
    expect(more).toEqual([]);
    expect(server).toMatchObject({
      traceId,
      spanId: spanOf(call),
      parentSpanId: parent,
      kind: 'server',
      name: 'tools/call create_refund',
      startMs: begun - 0.5,
      endMs: begun + 100,
      failure: undefined,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'create_refund',
        'gen_ai.agent.name': 'refund-bot',
        'mcp.method.name': 'tools/call',
        'bailiwick.decision': 'allow',
        'bailiwick.effect': 'done',
        'bailiwick.target': 'tool:billing/create_refund',
      },
    });
    expect(client).toMatchObject({
      traceId,
      spanId: spanOf(intent),
      parentSpanId: spanOf(call),
      kind: 'client',
      startMs: begun + 20,
      endMs: begun + 100,
      attributes: { 'bailiwick.intent': intent },
    });
  });

  it('begin a trace where the caller had none: a parent is never made up [AUD-14]', () => {
    const [server, client] = spansOf(recordOf('policy.outcome', { trace: traceBegunBy(call) }));
    expect(server).toMatchObject({ traceId: call.replaceAll('-', ''), parentSpanId: undefined });
    expect(client).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId });
  });

  it('of a model are a chat, with what it used up', () => {
    const target = { target: 'model:openai/gpt-5', digest: 'd', effectClass: 'write' } as const;
    const of = { target, method: 'chat/completions', named: 'openai/gpt-5' };
    const [server] = spansOf(recordOf('policy.outcome', of));
    expect(server?.name).toBe('chat gpt-5');
    expect(server?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 30,
    });
    expect(server?.attributes).not.toHaveProperty('mcp.method.name');
  });

  it('that was refused or held end there, with the code and the approval', () => {
    const refusal = { stage: 'decide', code: 'policy/denied', message: 'no "secret words"' };
    const refused = spansOf(
      recordOf('gateway.refused', { refusal, intent: undefined as never, effect: 'none' }),
    );
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({
      failure: 'policy/denied',
      attributes: { 'error.type': 'policy/denied', 'bailiwick.refusal.stage': 'decide' },
    });
    expect(JSON.stringify(refused)).not.toContain('secret words');
    const held = spansOf(
      without(
        recordOf('gateway.held', { approval: { id: 'a-1' } }),
        'intent',
        'durationUs',
      ) as never,
    );
    expect(held).toMatchObject([
      {
        startMs: begun,
        events: [{ name: 'bailiwick.held', attributes: { 'bailiwick.approval': 'a-1' } }],
      },
    ]);
  });

  it('that was stopped before anything was asked has none upstream', () => {
    const refusal = { stage: 'lend', code: 'credentials/unavailable', message: '' };
    expect(spansOf(recordOf('policy.outcome', { refusal }))).toHaveLength(1);
    const late = { stage: 'forward', code: 'tools/upstream-error', message: '' };
    expect(spansOf(recordOf('policy.outcome', { refusal: late }))).toHaveLength(2);
  });

  it('say that a tool failed as it says so itself', () => {
    const [server] = spansOf(recordOf('policy.outcome', { details: { toolError: true } }));
    expect(server).toMatchObject({
      failure: 'tool_error',
      attributes: { 'error.type': 'tool_error' },
    });
  });

  it('tell no URI and no method that a caller made up', () => {
    const target = {
      target: 'resource:crm/crm://ann@x.test',
      digest: 'd',
      effectClass: 'read',
    } as const;
    const of = { target, method: 'resources/read', named: 'crm://ann@x.test' };
    expect(JSON.stringify(spansOf(recordOf('policy.outcome', of)))).not.toContain('ann@');
    const odd = spansOf(
      recordOf('gateway.refused', { method: 'to ann@x.test', target: undefined as never }),
    );
    expect(odd[0]?.name).toBe('unknown');
    expect(odd[0]?.attributes).not.toHaveProperty('mcp.method.name');
  });
});

describe('records that no span is made of', () => {
  it('are all that end no call and hand nothing on', () => {
    const some = everyType.filter((type) => spansOf(recordOf(type)).length > 0);
    expect(some).toEqual([
      'policy.outcome',
      'policy.listed',
      'gateway.greeted',
      'gateway.noticed',
      'gateway.refused',
      'gateway.held',
    ]);
    for (const type of everyType)
      expect(spansOf(without(recordOf(type), 'trace') as never)).toEqual([]);
  });
});

describe('a token', () => {
  it('is a moment, below which stands what is done by it [AUD-14]', () => {
    const token = 'f'.repeat(64);
    const details = { kind: 'hand-off', to: 'writer', token };
    expect(spansOf(recordOf('token.issued', { details }))).toMatchObject([
      {
        spanId: 'f'.repeat(16),
        parentSpanId: parent,
        name: 'invoke_agent writer',
        kind: 'producer',
      },
    ]);
    const below = `00-${traceId}-${'f'.repeat(16)}-01`;
    const taken = { trace: below, details: { token: 'e'.repeat(64) } };
    expect(spansOf(recordOf('token.issued', taken))).toMatchObject([
      {
        spanId: 'e'.repeat(16),
        parentSpanId: 'f'.repeat(16),
        name: 'invoke_agent refund-bot',
        kind: 'internal',
      },
    ]);
  });
});

describe('a request for a collector', () => {
  const kept = recordOf('policy.outcome');
  const dropped = recordOf('policy.outcome', { trace: `00-${traceId}-${parent}-00` });
  const spansIn = (text: string | undefined) => [...(text ?? '').matchAll(/"spanId":/g)].length;

  it('leaves out what its caller does not keep, unless all is wanted, and is the same each time', () => {
    const of = [kept, dropped].map((record) => ({ record }));
    expect(spansIn(write(of, { unsampled: false }))).toBe(2);
    expect(spansIn(write(of, { unsampled: true }))).toBe(4);
    expect(write(of, { unsampled: true })).toBe(write(of, { unsampled: true }));
  });

  it('is none where there is no span', () => {
    const none = [{ record: dropped }, { record: recordOf('policy.intent') }];
    expect(write(none, { unsampled: false })).toBeUndefined();
  });
});

describe('spans as OTLP has them', () => {
  it('are grouped by who wrote their records, in the JSON form of the protocol', () => {
    const spans = spansOf(recordOf('policy.outcome'));
    const told = otlpTraces(spans);
    expect(told).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'bailiwick' } },
              { key: 'service.instance.id', value: { stringValue: 'gateway-1' } },
            ],
          },
          scopeSpans: [
            {
              schemaUrl: `https://opentelemetry.io/schemas/${conventionsVersion}`,
              spans: [
                {
                  traceId,
                  parentSpanId: parent,
                  kind: 2,
                  flags: 0x301,
                  startTimeUnixNano: `${begun - 1}500000`,
                  endTimeUnixNano: `${begun + 100}000000`,
                  status: {},
                },
                { kind: 3, flags: 0x101 },
              ],
            },
          ],
        },
      ],
    });
  });
});
