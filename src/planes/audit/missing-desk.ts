import type { Agreement, AgreementBook } from '#contracts/agreement-book.ts';
import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  type ReasonedAct,
  recordThenDo,
} from '#contracts/desk.ts';
import type { HoldBook } from '#contracts/hold-book.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { isSamePerson } from '#kernel/principal.ts';
import { createTurns } from '#kernel/turns.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { LogDirectory, MissingLog } from './log-directory.ts';

export type LossAct = ReasonedAct & {
  /** Of the log, or the end of it that verdicts print. */
  readonly origin: string;
};

export interface LossAnswer {
  readonly origin: string;
  readonly noted: number;
  /** The record that says so; undefined while another admin has to say it too. */
  readonly record: string | undefined;
  /** Until when they can. */
  readonly until: number | undefined;
}

/** Who says that a log that is gone is to be missed no more. INVARIANT: by two wherever two are admins or may become it, and never under a hold. */
export interface MissingDesk {
  acceptMissing(act: LossAct): Promise<LossAnswer>;
}

export interface MissingDeskParts {
  readonly directory: Pick<LogDirectory, 'missing' | 'accept'>;
  readonly agreements: AgreementBook;
  readonly people: Pick<PeopleBook, 'list'>;
  readonly holds: Pick<HoldBook, 'list'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

/** As agreements of two name it. */
export const acceptMissingKind = 'accept-missing';

export function createMissingDesk(parts: MissingDeskParts): MissingDesk {
  const turns = createTurns();
  return { acceptMissing: (act) => turns.take(act.by.tenant, () => acceptMissing(parts, act)) };
}

async function acceptMissing(parts: MissingDeskParts, act: LossAct): Promise<LossAnswer> {
  checkRight(act, 'admin');
  checkInPerson(act);
  checkReason(act);
  const missing = missingOf(parts, act);
  const { tenant, name } = act.by;
  const now = parts.clock.now();
  await checkHolds(parts, tenant, now);
  const open = (await parts.agreements.open(tenant, now)).filter((one) => isOf(one, missing));
  const theirs = open.find(({ askedBy }) => !isSamePerson(askedBy, name));
  if (theirs !== undefined) {
    // The first yes is used up before: no record says accepted that nobody else asked for.
    await parts.agreements.agree({ tenant, id: theirs.id, by: name, now });
    return accept(parts, act, missing, theirs.askedBy);
  }
  if (!(await hasAnotherAdmin(parts, act))) return accept(parts, act, missing, undefined);
  if (open.length > 0) throw new BailiwickError('audit/second-person');
  return ask(parts, act, missing);
}

function missingOf({ directory }: MissingDeskParts, { by, origin }: LossAct): MissingLog {
  const all = directory.missing(by.tenant);
  const named = all.filter((one) => one.origin === origin || one.origin.endsWith(`/${origin}`));
  const [found] = named;
  if (found === undefined || named.length > 1) {
    const list = all.map((one) => one.origin).join(', ');
    throw new BailiwickError('api/not-found', {
      message: `no log called \`${origin}\` is missing`,
      suggestedAction: list === '' ? 'none is: look at `bailiwick status`' : `missing are: ${list}`,
    });
  }
  if (found.found === undefined) return found;
  throw new BailiwickError('api/invalid', {
    message: `the log \`${found.origin}\` is there, and is not what it was`,
    suggestedAction: 'keep it as evidence elsewhere and move it away; then it is missing',
  });
}

function isOf({ act }: Agreement, { origin }: MissingLog): boolean {
  return act['kind'] === acceptMissingKind && act['origin'] === origin;
}

/** INVARIANT: nobody waves through that evidence is gone which somebody has to keep. */
async function checkHolds({ holds }: MissingDeskParts, tenant: string, now: number): Promise<void> {
  const inForce = (await holds.list(tenant)).filter(
    ({ releasedAt, lapsesAt }) =>
      releasedAt === undefined && (lapsesAt === undefined || lapsesAt > now),
  );
  if (inForce.length === 0) return;
  throw new BailiwickError('audit/held', {
    message: 'a legal hold is in force, and what it keeps may have stood in the log that is lost',
    details: { holds: inForce.map(({ id }) => id) },
  });
}

async function hasAnotherAdmin({ people }: MissingDeskParts, { by }: LossAct): Promise<boolean> {
  const all = await people.list(by.tenant);
  return all.some(
    ({ name, roles, eligible }) =>
      !isSamePerson(name, by.name) &&
      (roles.includes('admin') || eligible?.includes('admin') === true),
  );
}

async function ask(
  { agreements, recorder, clock }: MissingDeskParts,
  { by, reason }: LossAct,
  { origin, noted }: MissingLog,
): Promise<LossAnswer> {
  const now = clock.now();
  const [id, until] = [newId(now), now + limits.agreementMs];
  const said = { act: acceptMissingKind, agreement: id, origin, noted };
  return recordThenDo(recorder, actDraft('privacy.asked', { by, reason }, said), async () => {
    const act = { kind: acceptMissingKind, origin };
    await agreements.ask(by.tenant, { id, act, reason, askedBy: by.name, askedAt: now, until });
    return { origin, noted, record: undefined, until };
  });
}

/** INVARIANT: in the directory of the logs, so that whoever has a copy of the logs alone reads it there. */
async function accept(
  { directory, clock }: MissingDeskParts,
  { by, reason }: LossAct,
  { origin, noted }: MissingLog,
  askedBy: string | undefined,
): Promise<LossAnswer> {
  const said = { origin, noted, ...(askedBy === undefined ? {} : { askedBy }) };
  const draft = actDraft('log.missing-accepted', { by, reason }, said);
  const at = isoTime(clock.now());
  const record = await directory.accept(by.tenant, { by: by.name, at, draft, origin });
  return { origin, noted, record, until: undefined };
}
