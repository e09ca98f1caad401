import type { ApiToken, ApiTokenBook } from '#contracts/api-token-book.ts';
import type { KeptRights } from '#contracts/kept-rights.ts';
import type { KeyringSigner } from '#contracts/keyring.ts';
import type { Passkey, PasskeyBook } from '#contracts/passkey-book.ts';
import type { RightsRowName } from '#contracts/rights-rows.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { rolesOf } from '#kernel/principal.ts';
import { keptPeople } from './kept-people.ts';
import { KeptSignIns } from './kept-sign-ins.ts';
import { isSameRight } from './rights-file.ts';
import { type RightsChange, RightsKeeper } from './rights-keeper.ts';

type KeptBook = 'people' | 'passkeys' | 'apiTokens' | 'signIns';

export interface OpenKeptRights extends Pick<Store, KeptBook> {
  readonly kept: KeptRights;
}

/** The books of people, of their keys and of who is signed in, believed as far as control itself wrote them. */
export async function keepRights(
  store: Pick<Store, 'rights' | KeptBook>,
  {
    folder,
    clock,
    signer,
  }: {
    readonly folder: string;
    readonly clock: Pick<Clock, 'now'>;
    /** Of the key under which sign-ins are sealed. */
    readonly signer: Pick<KeyringSigner, 'sign'>;
  },
): Promise<OpenKeptRights> {
  const keeper = await new RightsKeeper({ rights: store.rights, folder, clock }).begin();
  const signIns = new KeptSignIns({ book: store.signIns, signer, clock, folder });
  await signIns.differences();
  return {
    kept: both(keeper, signIns),
    people: keptPeople(store.people, keeper),
    passkeys: keptPasskeys(store.passkeys, keeper),
    apiTokens: keptTokens(store.apiTokens, keeper),
    signIns: signIns.book,
  };
}

/** Whoever mends ends the sign-ins that differ: that is no matter of the store. */
function both(keeper: RightsKeeper, signIns: KeptSignIns): KeptRights {
  return {
    takenOver: keeper.takenOver,
    differences: async () => [...(await keeper.differences()), ...(await signIns.differences())],
    seen: (tenant) => [...keeper.seen(tenant), ...signIns.seen(tenant)],
    mend: (tenant) => keeper.mend(tenant),
  };
}

function keptPasskeys(book: PasskeyBook, keeper: RightsKeeper): PasskeyBook {
  return {
    ...book,
    add: (passkey) =>
      keeper.act(
        () => [{ ...passkeyRow(passkey), next: passkeyBody(passkey) }],
        () => book.add(passkey),
      ),
    byCredential: (credential) =>
      keeper.checked(
        () => book.byCredential(credential),
        (found) => ({
          row: passkeyRow(found),
          isThat: (body) => isSameRight(body, passkeyBody(found)),
        }),
      ),
    remove: (removed) => {
      const { tenant, person, credential: id } = removed;
      const row = { what: 'passkey', tenant, person, id } as const;
      return keeper.act(
        () => (keeper.decided(row) === undefined ? [] : [{ ...row, next: 'over' }]),
        () => book.remove(removed),
      );
    },
  };
}

function keptTokens(book: ApiTokenBook, keeper: RightsKeeper): ApiTokenBook {
  return {
    ...book,
    add: (added) =>
      keeper.act(
        () => [{ ...tokenRow(added.token), next: tokenBody(added.token, added.digest) }],
        () => book.add(added),
      ),
    use: (digest, now) =>
      keeper.checked(
        () => book.use(digest, now),
        (found) => ({
          row: tokenRow(found),
          isThat: (body) => isSameRight(body, tokenBody(found, digest)),
        }),
      ),
    remove: (removed) =>
      keeper.act(
        () =>
          keeper
            .all({ what: 'token', tenant: removed.tenant, id: removed.id })
            .map((row): RightsChange => ({ ...rowOf(row), next: 'over' })),
        () => book.remove(removed),
      ),
  };
}

function rowOf({ what, tenant, person, id }: RightsRowName): RightsRowName {
  return { what, tenant, person, id };
}

function passkeyRow({ tenant, person, credential }: Omit<Passkey, 'usedAt'>): RightsRowName {
  return { what: 'passkey', tenant, person, id: credential };
}

function passkeyBody(of: Omit<Passkey, 'usedAt'>): JsonObject {
  const { name, publicKey, transports, createdAt } = of;
  return { name, publicKey, transports: [...transports], createdAt };
}

function tokenRow({ tenant, person, id }: Omit<ApiToken, 'usedAt'>): RightsRowName {
  return { what: 'token', tenant, person, id };
}

function tokenBody(of: Omit<ApiToken, 'usedAt'>, digest: string): JsonObject {
  const { name, roles, session = null, attended, createdAt, expiresAt } = of;
  return { name, roles: [...rolesOf(roles)], digest, session, attended, createdAt, expiresAt };
}
