import type { Consent, ConsentBook, ConsentFilter } from '#contracts/consent-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import { type Act, checkReason, checkRight, type ReasonedAct } from '#contracts/desk.ts';
import { oweConsentChanged, oweRecord } from '#contracts/owed.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { consentDraft } from './consent-records.ts';

export interface ConsentDeskParts {
  readonly consents: ConsentBook;
  readonly delegations: Pick<Delegations, 'end'>;
  readonly clock: Clock;
}

type Narrower = { readonly id: string; readonly effects: readonly EffectClass[] };

/** What users have agreed to: seen, narrowed and withdrawn by themselves, and by whoever watches over it. */
export interface ConsentDesk {
  list(
    act: Act & Omit<ConsentFilter, 'tenant' | 'openAt'> & { readonly open?: boolean },
  ): Promise<readonly Consent[]>;
  show(act: Act & { readonly id: string }): Promise<Consent>;
  /** What stands on it ends, and begins again with less. Over at every gateway when it resolves. */
  narrow(act: ReasonedAct & Narrower): Promise<Consent>;
  withdraw(act: ReasonedAct & { readonly id: string }): Promise<Consent>;
  /** INVARIANT: of whoever is signed in; another one's is not there for them. */
  readonly own: {
    list(session: PersonSession): Promise<readonly Consent[]>;
    narrow(session: PersonSession, narrower: Narrower): Promise<Consent>;
    withdraw(session: PersonSession, id: string): Promise<Consent>;
  };
}

export function createConsentDesk(parts: ConsentDeskParts): ConsentDesk {
  const { consents, clock } = parts;
  const user = ({ user: { issuer, subject } }: PersonSession) => ({ issuer, subject });
  return {
    async list({ by, open, ...filter }) {
      checkRight({ by }, 'analyst', 'auditor');
      const at = open === true ? { openAt: clock.now() } : {};
      return consents.list({ ...filter, ...at, tenant: by.tenant });
    },
    async show(act) {
      checkRight(act, 'analyst', 'auditor');
      return known(parts, act.by.tenant, act.id);
    },
    async narrow(act) {
      checkRight(act, 'analyst');
      checkReason(act);
      const { by, reason } = act;
      return narrow(parts, { ...act, tenant: by.tenant, name: by.name, reason });
    },
    async withdraw(act) {
      checkRight(act, 'analyst');
      checkReason(act);
      const { by, reason, id } = act;
      return withdraw(parts, { id, tenant: by.tenant, name: by.name, reason });
    },
    own: {
      list: (session) =>
        consents.list({
          tenant: session.tenant,
          user: user(session),
          openAt: clock.now(),
          limit: 200,
        }),
      async narrow(session, narrower) {
        await ownOne(parts, session, narrower.id);
        const { tenant, person: name } = session;
        return narrow(parts, { ...narrower, tenant, name, reason: 'their own wish' });
      },
      async withdraw(session, id) {
        await ownOne(parts, session, id);
        const { tenant, person: name } = session;
        return withdraw(parts, { id, tenant, name, reason: 'their own wish' });
      },
    },
  };
}

async function known({ consents }: ConsentDeskParts, tenant: string, id: string): Promise<Consent> {
  const found = await consents.get(tenant, id);
  if (found !== undefined) return found;
  throw new BailiwickError('api/not-found', { message: 'there is no such consent' });
}

async function ownOne(parts: ConsentDeskParts, session: PersonSession, id: string): Promise<void> {
  const { issuer, subject } = await known(parts, session.tenant, id);
  if (issuer === session.user.issuer && subject === session.user.subject) return;
  throw new BailiwickError('api/not-found', { message: 'there is no such consent' });
}

interface Wish {
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/** INVARIANT: less in the books first, with the record of it owed; then what stands on it ends, or is owed to. */
async function narrow(
  parts: ConsentDeskParts,
  { tenant, id, name, reason, effects }: Wish & { readonly effects: readonly EffectClass[] },
): Promise<Consent> {
  if (effects.length === 0) {
    throw new BailiwickError('api/invalid', {
      message: 'nothing would be left of it',
      suggestedAction: 'withdraw it instead',
    });
  }
  const now = parts.clock.now();
  const until = Number.MAX_SAFE_INTEGER;
  const narrowed = await parts.consents.narrow({ tenant, id, effects, until, now }, (after) => [
    oweRecord(consentDraft('consent.narrowed', after, { kind: 'human', name }, { reason }), now),
    oweConsentChanged(
      tenant,
      { consent: id, reason: `its consent was narrowed: ${reason}`, by: name },
      now,
    ),
  ]);
  await endWhatStands(parts, { tenant, id, name, reason: `its consent was narrowed: ${reason}` });
  return narrowed;
}

async function withdraw(
  parts: ConsentDeskParts,
  { tenant, id, name, reason }: Wish,
): Promise<Consent> {
  const now = parts.clock.now();
  const ask = { tenant, id, by: name, reason, now };
  const withdrawn = await parts.consents.withdraw(ask, (after) => [
    oweRecord(consentDraft('consent.withdrawn', after, { kind: 'human', name }, { reason }), now),
    oweConsentChanged(
      tenant,
      { consent: id, reason: `its consent was withdrawn: ${reason}`, by: name },
      now,
    ),
  ]);
  await endWhatStands(parts, { tenant, id, name, reason: `its consent was withdrawn: ${reason}` });
  return withdrawn;
}

async function endWhatStands(
  { delegations }: ConsentDeskParts,
  { tenant, id, name, reason }: Wish,
): Promise<void> {
  await delegations.end({ tenant, ground: { kind: 'consent', id }, by: name, reason });
}
