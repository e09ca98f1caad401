import type { ApiTokenBook } from '#contracts/api-token-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { PasskeyBook } from '#contracts/passkey-book.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';

/** What people who are kept here come by, beside their own credential. */
export interface OwnKeysBooks {
  readonly people: Pick<PeopleBook, 'list'>;
  readonly apiTokens: Pick<ApiTokenBook, 'list' | 'remove'>;
  readonly passkeys: Pick<PasskeyBook, 'list' | 'remove'>;
}

interface Whose {
  readonly tenant: string;
  readonly person: string;
  readonly by: string;
  readonly reason: string;
  readonly now: number;
}

/** Each is dead first, and owes its record in the same transaction; done again it finds none. */
export async function forgetKeys(books: OwnKeysBooks, whose: Whose): Promise<void> {
  const { tenant, person, now } = whose;
  for (const token of await books.apiTokens.list(tenant, now)) {
    if (token.person !== person) continue;
    const details = { token: token.id, name: token.name };
    const also = [oweRecord(draft('identity.api-token-revoked', whose, details), now)];
    await books.apiTokens.remove({ tenant, id: token.id, also });
  }
  for (const { credential } of await books.passkeys.list(tenant, person)) {
    const also = [oweRecord(draft('identity.passkey-removed', whose, { credential }), now)];
    await books.passkeys.remove({ tenant, person, credential, also });
  }
}

function draft(
  type: RecordDraft['type'],
  { tenant, person, by, reason }: Whose,
  details: JsonObject,
): RecordDraft {
  return {
    type,
    tenant,
    actors: [{ kind: 'system', name: by }],
    details: { ...details, person, reason },
  };
}
