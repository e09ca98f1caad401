import type { PersonSession } from '#contracts/person-session.ts';
import type { StoredSession } from '#contracts/sign-in-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';

/** IDN-13: who, when, from where, how. Names of people are made here; whose they are stands beside. */
export function signedInDraft(session: PersonSession, from: string | undefined): RecordDraft {
  const { user, roles, expiresAt } = session;
  return {
    type: 'identity.signed-in',
    tenant: session.tenant,
    actors: [{ kind: 'human', name: session.person }],
    ...(from === undefined ? {} : { source: from }),
    details: {
      ...whose(session),
      roles,
      groups: user.groups,
      claims: user.claims ?? [],
      ...(user.acr === undefined ? {} : { acr: user.acr }),
      ...(user.amr === undefined ? {} : { amr: user.amr }),
      ...(user.signedInAt === undefined ? {} : { provenAt: isoTime(user.signedInAt) }),
      by: session.by,
      until: isoTime(expiresAt),
    },
  };
}

export function endedDraft(session: StoredSession, by: Actor): RecordDraft {
  return {
    type: 'identity.session-ended',
    tenant: session.tenant,
    actors: [by],
    details: {
      ...whose(session),
      begunAt: isoTime(session.begunAt),
      reason: session.reason ?? '',
    },
  };
}

function whose({ id, person, user, provider, providerSession }: PersonSession): JsonObject {
  return {
    session: id,
    person,
    issuer: user.issuer,
    subject: user.subject,
    provider,
    ...(providerSession === undefined ? {} : { providerSession }),
  };
}
