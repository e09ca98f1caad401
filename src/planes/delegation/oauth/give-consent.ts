import type { ClientBook } from '#contracts/client-book.ts';
import type { Consent, ConsentBook, NewConsent } from '#contracts/consent-book.ts';
import { type DeskRecorder, recordThenDo } from '#contracts/desk.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { newId } from '#kernel/ids.ts';
import type { Clock } from '#kernel/time.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { ClientEntry } from '#contracts/client-entry.ts';
import { consentDraft } from './consent-records.ts';
import type { AuthorizationRequest } from './door.ts';

export interface GivingParts {
  readonly consents: Pick<ConsentBook, 'give'>;
  readonly registered: Pick<ClientBook, 'used'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

/** INVARIANT: on record, with who agreed to what, before anything can stand on it. */
export async function giveConsent(
  { consents, registered, recorder, clock }: GivingParts,
  ask: {
    readonly request: AuthorizationRequest;
    readonly session: PersonSession;
    readonly effects: readonly EffectClass[];
    readonly durationMs: number;
  },
): Promise<NewConsent> {
  const { request, session, effects, durationMs } = ask;
  const { tenant, client } = request;
  const now = clock.now();
  const consent: NewConsent = {
    tenant,
    id: newId(now),
    effects,
    issuer: session.user.issuer,
    subject: session.user.subject,
    person: session.person,
    client: client.id,
    clientName: client.name,
    document: client.document.name,
    agent: client.document.agent,
    givenAt: now,
    until: now + durationMs,
  };
  const by = { kind: 'human', name: session.person } as const;
  const draft = consentDraft('consent.given', consent, by, { redirectUri: request.redirectUri });
  await recordThenDo(recorder, draft, () => consents.give(consent));
  if (client.trust === 'dynamic') await registered.used(tenant, client.id, now);
  return consent;
}

/** Whether a yes of before is one to this as well. */
export function isFresh(
  { document, effects, until }: Consent,
  asked: {
    readonly document: Pick<ClientEntry, 'name'>;
    readonly effects: readonly EffectClass[];
    readonly now: number;
  },
): boolean {
  if (document !== asked.document.name || until <= asked.now) return false;
  return asked.effects.every((effect) => effects.includes(effect));
}
