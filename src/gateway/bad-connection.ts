import type { Refusal } from '#kernel/errors.ts';
import type { StageParts } from './stages.ts';

/** Bytes that never became a request: counted per source and minute, told by the next `due`. */
export function callRecordOfBadConnection(
  parts: StageParts,
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
