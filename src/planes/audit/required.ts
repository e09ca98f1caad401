import type { RecordDraft, RecordType } from '#kernel/record.ts';

type Part = keyof RecordDraft;

const always: readonly Part[] = ['type', 'tenant', 'actors'];
const call: readonly Part[] = ['call', 'method', 'source', 'effect'];
const known: readonly Part[] = [...call, 'session', 'questions', 'snapshot'];
const decided: readonly Part[] = [...known, 'decision', 'toolName'];

/** AUD-02: which parts a record of each type must have. What is missing is a fault, and denies. */
export const requiredParts: Readonly<Record<RecordType, readonly Part[]>> = {
  'policy.intent': [
    'call',
    'method',
    'source',
    'session',
    'questions',
    'decision',
    'toolName',
    'labels',
  ],
  'policy.outcome': [...decided, 'intent'],
  'policy.listed': known,
  'gateway.greeted': known,
  'gateway.noticed': known,
  'gateway.refused': [...call, 'refusal'],
  'gateway.refused-unknown': ['refusal', 'source'],
  'gateway.refused-repeated': ['refusal', 'method'],
  'gateway.held': [...decided, 'approval'],
  'gateway.late-answer': ['call', 'details'],
  'approval.requested': ['call', 'approval', 'toolName', 'decision'],
  'approval.approved': ['approval'],
  'approval.rejected': ['approval'],
  'approval.expired': ['approval'],
  'approval.withdrawn': ['approval'],
  'approval.spent': ['approval'],
  'approval.reconciled': ['details'],
  'identity.enrolled': ['details'],
  'identity.join-token-issued': ['details'],
  'identity.refused': ['refusal'],
  'identity.person-added': ['details'],
  'token.issued': ['details'],
  'token.refused': ['refusal'],
  'credential.stored': ['details'],
  'credential.process-lease': ['lease'],
  'credential.process-lease-ended': ['lease'],
  'lifecycle.agent-suspended': ['details'],
  'lifecycle.agent-resumed': ['details'],
  'lifecycle.instance-revoked': ['details'],
  'tool.observed': ['details'],
  'tool.approved': ['details'],
  'tool.quarantined': ['details'],
  'tool.drift-check-failed': ['details'],
  'config.applied': ['details'],
  'config.refused': ['details'],
  'stop.set': ['details'],
  'stop.released': ['details'],
  'label.raised': ['labels', 'session'],
  'log.opened': ['details'],
  'log.recovered': ['details'],
  'log.read': ['details'],
  'api.read': ['details'],
  'api.refused': ['refusal'],
  'gateway.started': ['details'],
  'gateway.stopped': ['details'],
};

export function missingParts(draft: RecordDraft): readonly Part[] {
  const missing: Part[] = [];
  for (const part of always) if (draft[part] === undefined) missing.push(part);
  for (const part of requiredParts[draft.type]) if (draft[part] === undefined) missing.push(part);
  if (draft.actors.length === 0) missing.push('actors');
  return missing;
}

export type Stream = 'identity' | 'policy' | 'token' | 'gateway' | 'approval' | 'administration';

const streams: readonly Stream[] = ['identity', 'policy', 'token', 'gateway', 'approval'];

/** AUD-16: identity events, policy decisions, token issuance, gateway denies, approval outcomes. */
export function streamOf(type: RecordType): Stream {
  const prefix = type.slice(0, type.indexOf('.'));
  return streams.find((stream) => stream === prefix) ?? 'administration';
}
