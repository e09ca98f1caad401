import {
  actDraft,
  checkReason,
  type DeskRecorder,
  type ReasonedAct,
  recordThenDo,
} from '#contracts/desk.ts';
import type { HeldDifference, KeptHolds } from '#contracts/kept-holds.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { checkPrivacy } from './holds.ts';

export interface MendParts {
  readonly keptHolds: KeptHolds;
  readonly recorder: DeskRecorder;
}

/** What differs is on record before it is put right: that record is all that is left of an edit. */
export async function mendHolds(
  { keptHolds, recorder }: MendParts,
  act: ReasonedAct,
): Promise<readonly HeldDifference[]> {
  checkPrivacy(act);
  checkReason(act);
  const { tenant } = act.by;
  const found = await keptHolds.differences(tenant);
  if (found.length === 0) return [];
  const differ = found.slice(0, 100).map(({ what, id, why }) => ({ what, id, why }));
  const draft = actDraft('privacy.holds-mended', act, { differ, count: found.length });
  return recordThenDo(recorder, draft, async () => {
    await keptHolds.mend(tenant);
    return found;
  });
}

export async function checkKept(
  { keptHolds }: Pick<MendParts, 'keptHolds'>,
  tenant: string,
): Promise<void> {
  const found = await keptHolds.differences(tenant);
  if (found.length === 0) return;
  const differ = found.slice(0, 20).map(({ what, id, why }) => ({ what, id, why }));
  throw new BailiwickError('audit/holds-differ', { details: { differ } });
}
