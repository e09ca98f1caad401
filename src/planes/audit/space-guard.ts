import type { DiskSpace } from '#contracts/disk-space.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Commitment, RecordDraft, RecordType } from '#kernel/record.ts';
import type { Recorded, Recorder, RecordOptions } from './door.ts';

export interface SpaceGuardOptions {
  readonly recorder: Recorder;
  readonly space: () => DiskSpace;
  /** Whose records they are: of calls, as a gateway has them, or of people and chores, as control. */
  readonly of?: 'calls' | 'people';
}

/** With these something begins in a gateway: there must be room for its end. */
const beginnings: ReadonlySet<RecordType> = new Set([
  'policy.intent',
  'gateway.held',
] satisfies RecordType[]);

/** With these something ends, or less is allowed, or it is said why not. */
const endings = ['policy.outcome', 'gateway.refused', 'gateway.st', 'log.', 'stop.', 'lifecycle.'];
const reconciled = ['effect.reconciled', 'act.reconciled'];

/** With these somebody new comes in, or gets more, at control. */
const newcomers: ReadonlySet<RecordType> = new Set([
  'approval.requested',
  'token.issued',
  'identity.enrolled',
  'identity.join-token-issued',
  'client.registered',
  'consent.given',
  'delegation.begun',
  'tool.observed',
] satisfies RecordType[]);

/** What control still says in the end: what takes away, what a start has to say, that somebody looked. */
const lastWords = ['privacy.', 'config.', 'export.', 'api.', 'task.'];
const takings: ReadonlySet<RecordType> = new Set([
  'approval.rejected',
  'approval.expired',
  'approval.withdrawn',
  'identity.api-token-revoked',
  'identity.passkey-removed',
  'identity.person-removed',
  'identity.session-ended',
  'identity.credential-renewed',
  'token.revoked',
  'token.refused',
  'consent.narrowed',
  'consent.withdrawn',
  'credential.removed',
  'credential.process-lease-ended',
  'delegation.ended',
  'directory.token-ended',
  'tool.quarantined',
] satisfies RecordType[]);

/** Something is less than before by it: nothing that may fail holds it up. */
export function takesAway(type: RecordType): boolean {
  return takings.has(type) || type.startsWith('stop.') || type.startsWith('lifecycle.');
}

/** Whoever makes room, stops, releases or erases has to come in. */
const rescuers = ['admin', 'privacy'];

/**
 * A recorder on a disk that fills up. INVARIANT: calls are refused while there is still room, so that what was
 * begun can end, what people do about it is on record, and the store goes on; what was refused for it is a gap.
 */
export function guardSpace({ recorder, space, of = 'calls' }: SpaceGuardOptions): Recorder {
  const isCalls = of === 'calls';
  const check = (drafts: readonly RecordDraft[], options: RecordOptions | undefined): void => {
    const { level } = space();
    if (level === 'enough' || level === 'low' || options?.reserved === true) return;
    const isRefused = level === 'sealed' ? noEndingOf[of] : beginningOf[of];
    if (drafts.some(isRefused)) throw nearlyFull();
  };
  return {
    writer: recorder.writer,
    get healthy() {
      const { level } = space();
      // People go on looking and stopping: control is told of it by its row in the status.
      return recorder.healthy && !(isCalls && (level === 'refusing' || level === 'sealed'));
    },
    async record(
      draft: RecordDraft,
      payload?: Uint8Array,
      options?: RecordOptions,
    ): Promise<Recorded> {
      check([draft], options);
      return recorder.record(draft, payload, options);
    },
    async recordAll(
      drafts: readonly RecordDraft[],
      options?: RecordOptions,
    ): Promise<readonly Recorded[]> {
      check(drafts, options);
      return recorder.recordAll(drafts, options);
    },
    commit: (bytes: Uint8Array, sha256?: string): Commitment => recorder.commit(bytes, sha256),
  };
}

const beginningOf = {
  calls: ({ type }: RecordDraft) => beginnings.has(type),
  people: ({ type }: RecordDraft) => newcomers.has(type),
};

const noEndingOf = {
  calls: isNoEnding,
  people: (draft: RecordDraft) =>
    isNoEnding(draft) && !takings.has(draft.type) && !isLastWord(draft) && !isRescuer(draft),
};

function isLastWord({ type }: RecordDraft): boolean {
  return lastWords.some((start) => type.startsWith(start));
}

function isRescuer({ type, details }: RecordDraft): boolean {
  const roles = type === 'identity.signed-in' ? details?.['roles'] : undefined;
  return Array.isArray(roles) && roles.some((role) => rescuers.includes(String(role)));
}

function isNoEnding({ type }: RecordDraft): boolean {
  return !endings.some((start) => type.startsWith(start)) && !reconciled.includes(type);
}

function nearlyFull(): BailiwickError {
  return new BailiwickError('audit/unavailable', {
    message: 'the disk is nearly full: what is left is kept for ends, stops and operators',
    suggestedAction: 'make room on the disk of the data folder; nothing needs a restart',
  });
}
