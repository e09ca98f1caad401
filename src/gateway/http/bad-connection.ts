import type { Refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import type { RefusalBook } from '#planes/monitoring/index.ts';

export interface BadConnectionParts {
  readonly refusals: RefusalBook;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** Bytes that never became a request: counted per source and minute, told by the next `due`. */
export function callRecordOfBadConnection(
  parts: BadConnectionParts,
  tenant: string,
  source: string,
  reason: Refusal,
): void {
  const draft = parts.refusals.note(
    {
      type: 'gateway.refused',
      tenant,
      actors: [{ kind: 'agent', name: `unknown@${source}` }],
      source,
      method: 'http',
      effect: 'none',
      refusal: { stage: 'admit', code: reason.code, message: reason.message },
    },
    false,
    parts.clock.now(),
  );
  if (draft === undefined) return;
  parts.recorder.record(draft).catch(() => parts.refusals.unrecorded([draft]));
}
