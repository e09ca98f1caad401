import type { DiskSpace } from '#contracts/disk-space.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Commitment, RecordDraft, RecordType } from '#kernel/record.ts';
import type { Recorded, Recorder, RecordOptions } from './door.ts';

export interface SpaceGuardOptions {
  readonly recorder: Recorder;
  readonly space: () => DiskSpace;
}

/** With these something begins: there must be room for its end. */
const beginnings: ReadonlySet<RecordType> = new Set([
  'policy.intent',
  'gateway.held',
] satisfies RecordType[]);

/** With these something ends, or less is allowed, or it is said why not. */
const endings = ['policy.outcome', 'gateway.refused', 'gateway.st', 'log.', 'stop.', 'lifecycle.'];
const reconciled = ['effect.reconciled', 'act.reconciled'];

/**
 * A recorder of calls on a disk that fills up. INVARIANT: calls are refused while there is still room, so that what was
 * begun can end, what people do about it is on record, and the store goes on; what was refused for it is a gap.
 */
export function guardSpace({ recorder, space }: SpaceGuardOptions): Recorder {
  const check = (drafts: readonly RecordDraft[], options: RecordOptions | undefined): void => {
    const { level } = space();
    if (level === 'enough' || level === 'low' || options?.reserved === true) return;
    const isRefused = level === 'sealed' ? isNoEnding : isBeginning;
    if (drafts.some(isRefused)) throw nearlyFull();
  };
  return {
    writer: recorder.writer,
    get healthy() {
      const { level } = space();
      return recorder.healthy && level !== 'refusing' && level !== 'sealed';
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

function isBeginning({ type }: RecordDraft): boolean {
  return beginnings.has(type);
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
