import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/index.ts';
import type { ActorKind } from '#kernel/principal.ts';
import { type RecordDraft, type RecordType, recordTypes } from '#kernel/record.ts';

type Part = keyof RecordDraft;

const always: readonly Part[] = ['type', 'tenant', 'actors'];
const call: readonly Part[] = ['call', 'method', 'source', 'effect'];
const known: readonly Part[] = [...call, 'session', 'questions', 'snapshot'];
const decided: readonly Part[] = [...known, 'decision', 'named'];
const approval: readonly Part[] = ['approval', 'call', 'target'];

/** AUD-02: which parts a record of each type must have. What is missing is a fault, and denies. */
export const requiredParts: Readonly<Record<RecordType, readonly Part[]>> = {
  'policy.intent': [
    'call',
    'method',
    'source',
    'session',
    'questions',
    'snapshot',
    'decision',
    'named',
    'labels',
  ],
  'policy.outcome': [...decided, 'intent'],
  'policy.outcome-part': ['call', 'intent', 'part'],
  'policy.listed': known,
  'policy.doubted': ['details'],
  'gateway.greeted': known,
  'gateway.noticed': known,
  'gateway.refused': [...call, 'refusal'],
  'gateway.refused-unknown': ['refusal', 'source'],
  'gateway.refused-repeated': ['refusal', 'method'],
  'gateway.held': [...decided, 'approval', 'target', 'arguments'],
  'gateway.late-answer': ['call', 'details'],
  'gateway.question-dropped': ['call', 'session', 'task', 'effect', 'details'],
  'approval.requested': [...approval, 'decision', 'arguments'],
  'approval.agreed': approval,
  'approval.approved': approval,
  'approval.rejected': approval,
  'approval.expired': approval,
  'approval.withdrawn': approval,
  'approval.reconciled': ['approval', 'details'],
  'override.given': ['approval', 'details'],
  'override.reviewed': ['approval', 'details'],
  'override.ended': ['approval', 'details'],
  'identity.enrolled': ['details'],
  'identity.join-token-issued': ['details'],
  'identity.refused': ['refusal'],
  'identity.person-added': ['details'],
  'identity.person-changed': ['details'],
  'identity.api-token-created': ['details'],
  'identity.api-token-revoked': ['details'],
  'identity.passkey-added': ['details'],
  'identity.passkey-removed': ['details'],
  'identity.rights-differ': ['details'],
  'identity.rights-mended': ['details'],
  'identity.rights-taken-over': ['details'],
  'identity.elevated': ['details'],
  'identity.person-removed': ['details'],
  'identity.signed-in': ['details'],
  'identity.sign-in-refused': ['refusal', 'details'],
  'identity.session-ended': ['details'],
  'identity.credential-renewed': ['details'],
  'token.issued': ['details'],
  'token.refused': ['refusal'],
  'token.revoked': ['details'],
  'client.registered': ['details'],
  'consent.given': ['details'],
  'consent.narrowed': ['details'],
  'consent.withdrawn': ['details'],
  'credential.stored': ['details'],
  'credential.removed': ['details'],
  'credential.process-lease': ['lease'],
  'credential.process-lease-ended': ['lease'],
  'lifecycle.agent-suspended': ['details'],
  'lifecycle.agent-resumed': ['details'],
  'lifecycle.agent-orphaned': ['details'],
  'lifecycle.agent-reviewed': ['details'],
  'lifecycle.agent-review-overdue': ['details'],
  'lifecycle.agent-owned': ['details'],
  'lifecycle.instance-revoked': ['details'],
  'directory.token-issued': ['details'],
  'directory.token-ended': ['details'],
  'directory.user-changed': ['details'],
  'directory.group-changed': ['details'],
  'directory.refused': ['refusal', 'method'],
  'tool.observed': ['details'],
  'tool.approved': ['details'],
  'tool.rejected': ['details'],
  'tool.quarantined': ['details'],
  'tool.phase-changed': ['details'],
  'tool.effect-changed': ['details'],
  'tool.exception-changed': ['details'],
  'config.applied': ['details'],
  'config.refused': ['details'],
  'config.change-requested': ['details'],
  'config.change-approved': ['details'],
  'config.change-ended': ['details'],
  'stop.set': ['details'],
  'stop.released': ['details'],
  'stop.differs': ['details'],
  'stop.taken-over': ['details'],
  'act.reconciled': ['details'],
  'label.raised': ['labels', 'session', 'task', 'details'],
  'label.held': ['details'],
  'label.released': ['details'],
  'effect.reconciled': ['details'],
  'delegation.begun': ['details'],
  'delegation.ended': ['details'],
  'task.begun': ['task', 'details'],
  'task.words': ['task', 'details'],
  'task.ended': ['task', 'details'],
  'log.opened': ['details'],
  'log.recovered': ['details'],
  'clock.jumped': ['details'],
  'log.gap': ['details'],
  'log.directory': ['details'],
  'log.backup-taken': ['details'],
  'log.directory-head': ['details'],
  'log.missing': ['details'],
  'log.missing-accepted': ['details'],
  'log.marked': ['details'],
  'log.pruned': ['details'],
  'log.retention-run': ['details'],
  'log.evidence-made': ['details'],
  'log.evidence-removed': ['details'],
  'log.read': ['details'],
  'log.revealed': ['details'],
  'log.annotated': ['details'],
  'log.index-rebuilt': ['details'],
  'privacy.asked': ['details'],
  'privacy.held': ['details'],
  'privacy.hold-released': ['details'],
  'privacy.holds-mended': ['details'],
  'privacy.erased': ['details'],
  'privacy.tenant-erased': ['details'],
  'privacy.erased-again': ['details'],
  'export.changed': ['details'],
  'export.dead-lettered': ['details'],
  'api.read': ['details'],
  'api.refused': ['refusal'],
  'gateway.started': ['details'],
  'gateway.stopped': ['details'],
};

const partsByType: ReadonlyMap<RecordType, readonly Part[]> = new Map(
  recordTypes.map((type) => [type, [...always, ...requiredParts[type]]]),
);

/** What an agent's action has in its records; the gateway's own look at a server has neither. */
const agentActs: readonly Part[] = ['target', 'arguments'];

function missingParts(draft: RecordDraft): readonly string[] {
  const parts = partsByType.get(draft.type);
  if (parts === undefined) return ['a known type'];
  const missing: string[] = lacking(draft, parts);
  if (draft.type === 'policy.intent' && draft.actors?.at(-1)?.kind === 'agent') {
    missing.push(...lacking(draft, agentActs));
  }
  if (draft.type === 'policy.outcome' && !draft.result && !draft.parts && !draft.refusal) {
    missing.push('result or refusal');
  }
  return missing;
}

function lacking(draft: RecordDraft, parts: readonly Part[]): Part[] {
  const missing: Part[] = [];
  for (const part of parts) if (draft[part] === undefined) missing.push(part);
  return missing;
}

const actorKinds: Readonly<Record<ActorKind, true>> = { agent: true, human: true, system: true };

/** IDN-20: a chain of at least one, and each link says whether it is a human, an agent or us. */
function hasTrueChain(draft: RecordDraft): boolean {
  const { actors } = draft;
  for (const { kind, name } of actors) {
    if (!Object.hasOwn(actorKinds, kind) || name === '') return false;
  }
  return actors.length > 0;
}

/** Leaves hold whole numbers and texts: nobody has to agree with us on how to write a fraction. */
function isWhole(value: Json | undefined): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return (value as readonly Json[]).every(isWhole);
  const object = value as JsonObject;
  for (const key in object) if (!isWhole(object[key])) return false;
  return true;
}

/** INVARIANT: an incomplete record is a bug, and a bug denies; it is never written as it is. */
export function checkDraft(draft: RecordDraft): void {
  const missing = missingParts(draft);
  if (missing.length > 0) throw incomplete(draft, `lacks ${missing.join(', ')}`);
  if (!hasTrueChain(draft)) throw incomplete(draft, 'has no true chain of actors');
  for (const part of numbered) {
    if (!isWhole(draft[part] as Json | undefined)) {
      throw incomplete(draft, 'has a number that is not whole');
    }
  }
  if (!hasTrueParts(draft)) throw incomplete(draft, 'has parts that cannot be');
}

/** Parts of which a program outside ours gives the numbers. */
const numbered = ['details', 'durationUs', 'part', 'parts', 'usage'] as const;

/** A window has its place and the size that was committed to; nothing was counted below nothing. */
function hasTrueParts({ part, parts, usage }: RecordDraft): boolean {
  return (
    (part === undefined || (part.number >= 1 && part.bytes === part.commitment.bytes)) &&
    (parts === undefined || (parts.count >= 1 && parts.bytes >= 0 && parts.last !== '')) &&
    (usage === undefined || (usage.inputTokens >= 0 && usage.outputTokens >= 0))
  );
}

function incomplete(draft: RecordDraft, what: string): BailiwickError {
  return new BailiwickError('audit/unavailable', {
    message: `a record of type \`${draft.type}\` ${what}`,
  });
}

export type Stream = 'identity' | 'policy' | 'token' | 'gateway' | 'approval' | 'administration';

const streams: readonly Stream[] = ['identity', 'policy', 'token', 'gateway', 'approval'];

/** AUD-16: identity events, policy decisions, token issuance, gateway denies, approval outcomes. */
export function streamOf(type: RecordType): Stream {
  const prefix = type.slice(0, type.indexOf('.'));
  return streams.find((stream) => stream === prefix) ?? 'administration';
}
