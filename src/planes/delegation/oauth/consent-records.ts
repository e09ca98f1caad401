import type { NewConsent } from '#contracts/consent-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';

type ConsentEvent = 'consent.given' | 'consent.narrowed' | 'consent.withdrawn';

/** IDN-03: who lets which client act as which agent, in which ways, until when. */
export function consentDraft(
  type: ConsentEvent,
  consent: NewConsent,
  by: Actor,
  more: JsonObject = {},
): RecordDraft {
  const { tenant, id, issuer, subject, person, client, clientName, document, agent } = consent;
  return {
    type,
    tenant,
    actors: [by],
    details: {
      consent: id,
      issuer,
      subject,
      person,
      client,
      document,
      agent,
      says: clientName,
      effects: [...consent.effects],
      until: isoTime(consent.until),
      ...more,
    },
  };
}
