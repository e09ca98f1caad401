import type { RecordIndex } from '#contracts/record-index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { TenantLog } from './door.ts';
import type { RecordJudge } from './record-terms.ts';

export interface AnswerParts {
  readonly index: RecordIndex;
  readonly logs: readonly TenantLog[];
  readonly parse: (leaf: Uint8Array) => RecordEnvelope;
  readonly judge: RecordJudge;
  readonly clock: Clock;
  /** Whoever shares this thread gets a turn; throws when nobody waits for the answer any more. */
  readonly turn: () => Promise<void>;
}
