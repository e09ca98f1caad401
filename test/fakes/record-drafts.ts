import { type RecordDraft, type RecordType, recordTypes } from '#kernel/record.ts';

const digest = 'a'.repeat(64);

const agent = {
  kind: 'agent',
  name: 'refund-bot',
  instance: 'refund-bot-1',
  binding: 'dpop',
} as const;

/** Everything that a record can have, so that any type can be made from it by leaving out. */
export const fullDraft: RecordDraft = {
  type: 'policy.outcome',
  tenant: 'main',
  actors: [agent],
  session: 'session-1',
  task: 'task-1',
  call: 'call-1',
  intent: 'intent-1',
  method: 'tools/call',
  source: '127.0.0.1',
  target: { target: 'tool:billing/create_refund', digest, effectClass: 'write' },
  named: 'billing.create_refund',
  questions: {
    who: 'agent refund-bot, instance refund-bot-1',
    asks: 'tools/call billing.create_refund',
    canInvoke: 'the tools of manifest refunds',
    withoutHuman: true,
  },
  decision: {
    effect: 'allow',
    rules: ['refunds/small'],
    policyDigest: digest,
    questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
    errors: [],
  },
  pdp: [{ entitlements: ['finance'], answer: 'unavailable', reason: 'it is not there' }],
  wouldHave: { phase: 'observe', effect: 'refuse', codes: ['tools/not-visible'] },
  arguments: { sha256: digest, bytes: 20 },
  result: { sha256: digest, bytes: 30 },
  part: { number: 2, bytes: 30, commitment: { sha256: digest, bytes: 30 } },
  parts: { count: 2, bytes: 60, digest, last: 'part-2' },
  usage: { inputTokens: 12, outputTokens: 30, estimated: false },
  labels: { in: [], out: [] },
  approval: { id: 'approval-1', by: 'ada', class: 'write' },
  lease: [{ id: 'lease-1', secret: 'billing', digest, scope: 'billing/x', bound: 'call' }],
  effect: 'done',
  refusal: { stage: 'decide', code: 'policy/denied', message: 'a policy denies this call' },
  snapshot: digest,
  overlay: 3,
  durationUs: 1_200,
  trace: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  traceIgnored: 'differs',
  details: { reason: 'asked by the test', count: 2 },
};

export function draftOf(type: RecordType, over: Partial<RecordDraft> = {}): RecordDraft {
  return { ...fullDraft, type, ...over };
}

/** The same draft without some of its parts. */
export function without(draft: RecordDraft, ...parts: readonly string[]): RecordDraft {
  const left = Object.entries(draft).filter(([part]) => !parts.includes(part));
  return Object.fromEntries(left) as unknown as RecordDraft;
}

export const everyType: readonly RecordType[] = recordTypes;
