import type { IdentityProviderEntry } from '#contracts/identity-provider.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { StoredSession } from '#contracts/sign-in-book.ts';
import type { BailiwickError } from '#kernel/errors.ts';
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

/** Of somebody whom a provider vouched for: they are known, and no flood of strangers. */
export function refusedDraft(
  of: {
    readonly tenant: string;
    readonly entry: IdentityProviderEntry;
    readonly claims: JsonObject;
    readonly from: string;
  },
  { code, message }: BailiwickError,
): RecordDraft {
  const { tenant, entry, claims, from } = of;
  const { sub } = claims;
  const subject = typeof sub === 'string' ? sub : '';
  return {
    type: 'identity.sign-in-refused',
    tenant,
    actors: [{ kind: 'human', name: `unknown@${entry.name}` }],
    source: from,
    refusal: { stage: 'sign-in', code, message },
    details: { provider: entry.name, issuer: entry.oidc.issuer, subject },
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
