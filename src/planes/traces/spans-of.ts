import { idTime, isId } from '#kernel/ids.ts';
import type { RecordEnvelope, RecordType } from '#kernel/record.ts';
import { tokenSpan, isSampled, parentSpanOf, spanOf, traceIdOf } from '#kernel/trace.ts';
import { callAttributes, failureOf, given, lastAgent, nameOf } from './call-words.ts';
import { names, operations, own } from './conventions.ts';
import type { Attribute, Span, SpanEvent } from './door.ts';

/** What ends a call: one of these, whatever the way it ended. */
const ends: readonly RecordType[] = [
  'policy.outcome',
  'policy.listed',
  'gateway.greeted',
  'gateway.noticed',
  'gateway.refused',
  'gateway.held',
];

/**
 * The spans that one record tells of: of a call, once it has ended, what the gateway did and what it asked
 * upstream; of a token with which an agent is given work, a moment. INVARIANT: pure, and of this record
 * alone, so that the same record gives the same spans however often it is read; a parent is the caller's own
 * span or one that another record gives.
 */
export function spansOf(record: RecordEnvelope): readonly Span[] {
  const { type, trace, call } = record;
  if (trace === undefined) return [];
  if (ends.includes(type))
    return call === undefined || !isId(call) ? [] : callSpans(record, call, trace);
  const token = type === 'token.issued' ? record.details?.['token'] : undefined;
  return typeof token === 'string' ? [givenToken(record, trace, token)] : [];
}

function callSpans(record: RecordEnvelope, call: string, trace: string): readonly Span[] {
  const endMs = Date.parse(record.time);
  const whole = whenCalled(record, call, endMs);
  const server: Span = {
    writer: record.writer,
    isSampled: isSampled(trace),
    traceId: traceIdOf(trace),
    spanId: spanOf(call),
    parentSpanId: parentSpanOf(trace),
    name: nameOf(record),
    kind: 'server',
    startMs: whole,
    endMs,
    failure: failureOf(record),
    attributes: callAttributes(record),
    events: eventsOf(record, endMs),
  };
  const { intent } = record;
  if (intent === undefined || !isId(intent) || !wentUpstream(record)) return [server];
  const client: Span = {
    ...server,
    spanId: spanOf(intent),
    parentSpanId: server.spanId,
    kind: 'client',
    // Between the two the gates were passed.
    startMs: Math.min(endMs, Math.max(whole, idTime(intent))),
    attributes: { ...server.attributes, [own.intent]: intent },
    events: [],
  };
  return [server, client];
}

/** When its first byte came: by its length where that was measured, else by the id that it got then. */
function whenCalled({ durationUs }: RecordEnvelope, call: string, endMs: number): number {
  return durationUs === undefined ? Math.min(endMs, idTime(call)) : endMs - durationUs / 1_000;
}

/** What is stopped before anything is asked has a span of ours and no other. */
function wentUpstream({ refusal }: RecordEnvelope): boolean {
  return refusal === undefined || !['intend', 'lend'].includes(refusal.stage);
}

function eventsOf(record: RecordEnvelope, timeMs: number): readonly SpanEvent[] {
  const { type, approval, wouldHave, intent } = record;
  const events: SpanEvent[] = [];
  if (approval !== undefined) {
    const isHeld = type === 'gateway.held';
    const attributes: Record<string, Attribute> = { [own.approval]: approval.id };
    const name = isHeld ? own.held : own.approved;
    const at = isHeld || intent === undefined || !isId(intent) ? timeMs : idTime(intent);
    events.push({ name, timeMs: Math.min(at, timeMs), attributes });
  }
  if (wouldHave !== undefined) {
    const attributes = { [own.codes]: wouldHave.codes, [own.decision]: wouldHave.effect };
    events.push({ name: own.wouldHave, timeMs, attributes });
  }
  return events;
}

/**
 * An agent is given work: by another that hands it on, or with the token for whom it acts. What is done by that
 * token stands below it, where whoever does it says nothing else.
 */
function givenToken(record: RecordEnvelope, trace: string, token: string): Span {
  const { to, kind } = record.details ?? {};
  const isHandOff = kind === 'hand-off' && typeof to === 'string';
  const agent = isHandOff ? to : lastAgent(record);
  const name = agent === undefined ? operations.agent : `${operations.agent} ${agent}`;
  const spanId = tokenSpan(token);
  return moment(record, trace, { spanId, name, kind: isHandOff ? 'producer' : 'internal', agent });
}

function moment(
  { id, time, tenant, task, traceIgnored, writer }: RecordEnvelope,
  trace: string,
  of: Pick<Span, 'spanId' | 'name' | 'kind'> & { readonly agent: string | undefined },
): Span {
  const { agent, ...rest } = of;
  const at = Date.parse(time);
  return {
    ...rest,
    writer,
    isSampled: isSampled(trace),
    traceId: traceIdOf(trace),
    parentSpanId: parentSpanOf(trace),
    startMs: at,
    endMs: at,
    failure: undefined,
    attributes: given({
      [names.operation]: operations.agent,
      [names.agentName]: agent,
      [own.record]: id,
      [own.tenant]: tenant,
      [own.task]: task,
      [own.traceIgnored]: traceIgnored,
    }),
    events: [],
  };
}
