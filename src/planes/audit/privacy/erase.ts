import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  noteUnapplied,
} from '#contracts/desk.ts';
import type { HoldBook } from '#contracts/hold-book.ts';
import type { PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { Tombstones } from '#contracts/tombstones.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '../door.ts';
import type { Erased, EraseAct } from './door.ts';
import type { LogEvidence } from './evidence.ts';
import { unknownSubject } from './known-subject.ts';

export interface EraseParts {
  readonly keys: Pick<PayloadKeyBook, 'of' | 'like' | 'destroy'>;
  readonly holds: Pick<HoldBook, 'over' | 'forget'>;
  readonly tombstones: Pick<Tombstones, 'add'>;
  readonly evidence: Pick<LogEvidence, 'sealedUnder'>;
  readonly recorder: Pick<Recorder, 'record'> & DeskRecorder;
  readonly clock: Clock;
}

/**
 * Record, tombstone, key. A crash behind the record leaves a key that the next start destroys, and one
 * behind the tombstone too: what is on record as erased never comes back. The name in holds that are over
 * goes before the key, so that whoever finds the key finds that too.
 */
export async function erase(parts: EraseParts, act: EraseAct): Promise<Erased> {
  const { keys, recorder, clock, tombstones } = parts;
  checkErasure(act);
  const { by, subject, basis, request } = act;
  const { tenant } = by;
  const key = await keys.of(tenant, subject);
  if (key === undefined) {
    throw await unknownSubject(parts, act, { subject, told: nothingThere });
  }
  await checkHolds(parts, tenant, subject);
  const { handle } = key;
  const counted = await parts.evidence.sealedUnder(tenant, handle);
  const draft = actDraft('privacy.erased', { by }, { handle, basis, request, ...counted });
  const { id: record } = await recorder.record(draft);
  try {
    const now = clock.now();
    tombstones.add({ tenant, handle, record, at: now });
    await parts.holds.forget(tenant, { handle, now });
    await keys.destroy({ tenant, handle, record, now });
  } catch (fault) {
    const details = { ...draft.details, erasure: record };
    await noteUnapplied(recorder, { ...draft, details }, fault);
    throw fault;
  }
  return { handle, record, ...counted, nothing: counted.bodies === 0 && counted.isWhole };
}

const nothingThere = {
  message:
    'nothing was there: nothing is sealed of a subject with this name, and nothing was erased',
  suggestedAction: 'name them as records do: `bailiwick audit query subject:NAME`',
};

function checkErasure(act: EraseAct): void {
  checkRight(act, 'privacy');
  checkInPerson(act);
  checkReason({ reason: act.basis });
  checkReason({ reason: act.request });
  if (act.subject !== '') return;
  throw new BailiwickError('api/invalid', { message: 'nobody is named' });
}

/** INVARIANT: asked right before, in the turn of the tenant: no hold is asked for between this and the end. */
async function checkHolds(
  { holds, clock }: Pick<EraseParts, 'holds' | 'clock'>,
  tenant: string,
  subject: string,
): Promise<void> {
  const over = await holds.over(tenant, { subject }, clock.now());
  if (over.length === 0) return;
  throw new BailiwickError('audit/held', { details: { holds: over.map(({ id }) => id) } });
}
