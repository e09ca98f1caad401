import type { Agreement, AgreementBook } from '#contracts/agreement-book.ts';
import {
  type Act,
  actDraft,
  checkReason,
  type DeskRecorder,
  noteUnapplied,
} from '#contracts/desk.ts';
import type { HoldBook } from '#contracts/hold-book.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '../door.ts';
import type { Agreed, EraseAct, Waiting } from './door.ts';
import { checkPrivacy } from './holds.ts';

export interface EraseTenantParts {
  readonly holds: Pick<HoldBook, 'over'>;
  readonly agreements: AgreementBook;
  readonly tenants: Pick<TenantKeys, 'destroy' | 'destroyed'>;
  readonly recorder: Pick<Recorder, 'record'> & DeskRecorder;
  readonly clock: Clock;
}

export async function askTenantErasure(
  parts: EraseTenantParts,
  act: Act & Pick<EraseAct, 'basis' | 'request'>,
): Promise<Waiting> {
  checkPrivacy(act);
  checkReason({ reason: act.basis });
  checkReason({ reason: act.request });
  const { by, basis, request } = act;
  await checkTenantHolds(parts, by.tenant);
  const now = parts.clock.now();
  const [id, until] = [newId(now), now + limits.agreementMs];
  const said = { act: 'erase-tenant', agreement: id, basis, request };
  await parts.recorder.record(actDraft('privacy.asked', { by }, said));
  const terms = { askedBy: by.name, askedAt: now, until };
  const what = { kind: 'erase-tenant', basis, request };
  await parts.agreements.ask(by.tenant, { id, act: what, reason: basis, ...terms });
  return { id, until };
}

/** INVARIANT: agreed to by another person, in time, and on disk, before the key is gone; and nothing is held. */
export async function eraseTenant(
  parts: EraseTenantParts,
  { by }: Act,
  { id, askedBy, act: { basis = '', request = '' } }: Agreement,
): Promise<Agreed> {
  const { tenant, name } = by;
  const { agreements, recorder, clock } = parts;
  await checkTenantHolds(parts, tenant);
  const said = { basis, request, askedBy, agreement: id };
  const draft = actDraft('privacy.tenant-erased', { by }, said);
  // INVARIANT: the second yes is used up before: no record says erased that nobody agreed to.
  await agreements.agree({ tenant, id, by: name, now: clock.now() });
  const { id: record } = await recorder.record(draft);
  try {
    parts.tenants.destroy({ tenant, record, at: clock.now() });
  } catch (fault) {
    const details = { ...draft.details, erasure: record };
    await noteUnapplied(recorder, { ...draft, details }, fault);
    throw fault;
  }
  return { did: 'erased', record };
}

async function checkTenantHolds(
  { holds, clock }: Pick<EraseTenantParts, 'holds' | 'clock'>,
  tenant: string,
): Promise<void> {
  const over = await holds.over(tenant, { olderThan: Number.MAX_SAFE_INTEGER }, clock.now());
  if (over.length === 0) return;
  throw new BailiwickError('audit/held', { details: { holds: over.map((one) => one.id) } });
}
