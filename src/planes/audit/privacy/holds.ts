import type { Agreement, AgreementBook } from '#contracts/agreement-book.ts';
import {
  type Act,
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { HoldBook, HoldScope, LegalHold } from '#contracts/hold-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { PayloadSealer } from '../payload-sealer.ts';
import type { Agreed, HoldAsk, Waiting } from './door.ts';
import { isKnown, type KnownSubjects, unknownSubject } from './known-subject.ts';

export interface HoldParts extends KnownSubjects {
  readonly holds: HoldBook;
  readonly agreements: AgreementBook;
  readonly sealer: Pick<PayloadSealer, 'handleOf'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

/** It only keeps, so it holds at once; what nobody agrees to lapses. */
export async function askHold(parts: HoldParts, act: HoldAsk): Promise<Waiting> {
  checkPrivacy(act);
  checkReason({ reason: act.matter });
  const { by, matter } = act;
  const { tenant, name: askedBy } = by;
  const now = parts.clock.now();
  const [id, until] = [newId(now), now + limits.agreementMs];
  const isBeforehand = await checkKnown(parts, act);
  const scope = await scopeOf(parts, act);
  const nobody = { heldBy: undefined, heldAt: undefined, releasedBy: undefined };
  const about = { matter, askedBy, askedAt: now, lapsesAt: until };
  const hold: LegalHold = { id, scope, ...about, ...nobody, releasedAt: undefined };
  const asked = { act: 'hold', agreement: id, ...(isBeforehand ? { beforehand: true } : {}) };
  const draft = actDraft('privacy.asked', { by }, { ...asked, ...factsOf(hold) });
  return recordThenDo(parts.recorder, draft, async () => {
    await parts.holds.ask(tenant, hold);
    const terms = { askedBy, askedAt: now, until };
    await parts.agreements.ask(tenant, { id, act: actOf('hold', id), reason: matter, ...terms });
    return { id, until };
  });
}

export async function askRelease(
  parts: HoldParts,
  act: ReasonedAct & { readonly hold: string },
): Promise<Waiting> {
  checkPrivacy(act);
  checkReason(act);
  const { by, reason } = act;
  const hold = (await parts.holds.list(by.tenant)).find(({ id }) => id === act.hold);
  if (hold === undefined || hold.releasedAt !== undefined) {
    throw new BailiwickError('api/not-found', { message: `no hold is called \`${act.hold}\`` });
  }
  const now = parts.clock.now();
  const [id, until] = [newId(now), now + limits.agreementMs];
  const said = { act: 'release', agreement: id, ...factsOf(hold) };
  return recordThenDo(parts.recorder, actDraft('privacy.asked', { by, reason }, said), async () => {
    const terms = { askedBy: by.name, askedAt: now, until };
    const asked = { id, act: actOf('release', hold.id), reason, ...terms };
    await parts.agreements.ask(by.tenant, asked);
    return { id, until };
  });
}

/** INVARIANT: by somebody else than whoever asked; the book says so again, in one statement. */
export async function agreeToHold(
  parts: HoldParts,
  { by }: Act,
  agreement: Agreement,
): Promise<Agreed> {
  const { tenant } = by;
  const { act, id, askedBy, reason } = agreement;
  const hold = (await parts.holds.list(tenant)).find((one) => one.id === act['hold']);
  // INVARIANT: before the record: none says held of what was released meanwhile.
  if (hold === undefined || hold.releasedAt !== undefined) throw overAlready(agreement);
  const isHold = act['kind'] === 'hold';
  const said = { ...factsOf(hold), askedBy, agreement: id };
  const type = isHold ? 'privacy.held' : 'privacy.hold-released';
  const draft = actDraft(type, { by, ...(isHold ? {} : { reason }) }, said);
  return recordThenDo(parts.recorder, draft, async () => {
    const now = parts.clock.now();
    await parts.agreements.agree({ tenant, id, by: by.name, now });
    const yes = { id: hold.id, by: by.name, now };
    const done = isHold
      ? await parts.holds.confirm(tenant, yes)
      : await parts.holds.release(tenant, yes);
    if (done === undefined) throw overAlready(agreement);
    return { did: isHold ? 'held' : 'released', hold: hold.id };
  });
}

function overAlready({ id }: Agreement): BailiwickError {
  return new BailiwickError('api/not-found', {
    message: `the hold that \`${id}\` is about is over already`,
    suggestedAction: 'ask for a new one: `bailiwick audit hold add`',
  });
}

export function checkPrivacy(act: Act): void {
  checkRight(act, 'privacy');
  checkInPerson(act);
}

function actOf(kind: 'hold' | 'release', hold: string): JsonObject {
  return { kind, hold };
}

/** INVARIANT: a subject by its handle, which is worth nothing once it is erased; never by its name. */
function factsOf({ id, scope, matter }: LegalHold): JsonObject {
  const what = scope.kind === 'subject' ? { handle: scope.handle } : { since: isoTime(scope.from) };
  return { hold: id, ...what, matter };
}

/** INVARIANT: before a key is made: of a name that nobody has there is none, unless somebody means it. */
async function checkKnown(parts: HoldParts, act: HoldAsk): Promise<boolean> {
  if (!('subject' in act) || act.subject === '') return false;
  const { by, subject } = act;
  if (await isKnown(parts, by.tenant, subject)) return false;
  if (act.force === true) return true;
  throw await unknownSubject(parts, act, { subject, told: {} });
}

async function scopeOf({ sealer }: HoldParts, act: HoldAsk): Promise<HoldScope> {
  if ('since' in act) return { kind: 'since', from: act.since };
  const { subject } = act;
  if (subject === '') throw new BailiwickError('api/invalid', { message: 'nobody is named' });
  return { kind: 'subject', subject, handle: await sealer.handleOf(act.by.tenant, subject) };
}
