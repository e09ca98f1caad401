import type { Elevation, PeopleBook, StoredPerson } from '#contracts/people-book.ts';
import type { RightsRowName } from '#contracts/rights-rows.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { holdsRole, type Role, rolesOf } from '#kernel/principal.ts';
import { isSameRight, type RightsEntry } from './rights-file.ts';
import type { RightsChange, RightsKeeper } from './rights-keeper.ts';

/** INVARIANT: who there is and what they may is what was decided; the store is asked whether it still says so. */
export function keptPeople(book: PeopleBook, keeper: RightsKeeper): PeopleBook {
  const byName: PeopleBook['byName'] = (tenant, name) =>
    keeper.checked(() => book.byName(tenant, name), asDecided);
  return {
    ...book,
    ...setup(book, keeper),
    ...changes(book, keeper),
    ...elevations(book, keeper),
    byName,
    byCredential: (digest) =>
      keeper.checked(
        () => book.byCredential(digest),
        (found) => ({
          row: personRow(found.tenant, found.name),
          isThat: (body) => body['credential'] === digest && asDecided(found).isThat(body),
        }),
      ),
    list: async (tenant) =>
      keeper
        .all({ what: 'person', tenant })
        .flatMap(personOf)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
  };
}

/** INVARIANT: a store that lost its people makes no first admin. */
function setup(
  book: PeopleBook,
  keeper: RightsKeeper,
): Pick<PeopleBook, 'addSetupLink' | 'isSetupLink' | 'redeemSetupLink'> {
  const isNobody = () => keeper.all({ what: 'person' }).length === 0;
  return {
    async addSetupLink(link) {
      if (isNobody()) return book.addSetupLink(link);
      throw new BailiwickError('api/setup-link-invalid');
    },
    isSetupLink: async (link) => isNobody() && (await book.isSetupLink(link)),
    async redeemSetupLink(redeem) {
      if (!isNobody()) throw new BailiwickError('api/setup-link-invalid');
      return keeper.act(
        () => [added(redeem)],
        () => book.redeemSetupLink(redeem),
      );
    },
  };
}

function changes(
  book: PeopleBook,
  keeper: RightsKeeper,
): Pick<PeopleBook, 'addPerson' | 'renewCredential' | 'setRoles' | 'removePerson'> {
  const other = (tenant: string, name: string, change: JsonObject): readonly RightsChange[] => {
    const row = personRow(tenant, name);
    const body = keeper.decided(row);
    return body === undefined ? [] : [{ ...row, next: { ...body, ...change } }];
  };
  return {
    addPerson: (add) =>
      keeper.act(
        () => {
          const { tenant, name } = add.person;
          if (keeper.decided(personRow(tenant, name)) === undefined) return [added(add)];
          throw new BailiwickError('store/conflict', { message: `\`${name}\` is there already` });
        },
        () => book.addPerson(add),
      ),
    renewCredential: (renew) => {
      const { tenant, name, credentialDigest: credential } = renew;
      return keeper.act(
        () => other(tenant, name, { credential }),
        () => book.renewCredential(renew),
        // Whoever owns the keys is asked for no right that the store may have lost.
        () => keeper.restore(personRow(tenant, name)),
      );
    },
    setRoles: (change) => {
      const { tenant, name } = change;
      const roles = [...rolesOf(change.roles)];
      return keeper.act(
        () => {
          checkAdminLeft(keeper, tenant, { name, roles });
          return other(tenant, name, { roles, eligible: [...rolesOf(change.eligible)] });
        },
        () => book.setRoles(change),
      );
    },
    removePerson: (change) => {
      const { tenant, name: person } = change;
      return keeper.act(
        () => {
          checkAdminLeft(keeper, tenant, { name: person, roles: [] });
          return keeper
            .all({ tenant, person })
            .map(({ what, id }) => ({ what, tenant, person, id, next: 'over' }));
        },
        () => book.removePerson(change),
      );
    },
  };
}

function elevations(
  book: PeopleBook,
  keeper: RightsKeeper,
): Pick<PeopleBook, 'elevate' | 'elevations'> {
  return {
    elevate: (taken) => {
      const { tenant, name: person, role, reason, at, until } = taken;
      const row = elevationRow(tenant, person, role);
      return keeper.act(
        () => [{ ...row, next: { role, reason, at, until } }],
        () => book.elevate(taken),
      );
    },
    async elevations(tenant, name, now) {
      const found = await book.elevations(tenant, name, now);
      if (found.length === 0) return found;
      const eligible = keeper.decided(personRow(tenant, name))?.['eligible'] ?? [];
      const asked = found.filter(({ role }) => (eligible as readonly Json[]).includes(role));
      const checked = await Promise.all(
        asked.map((one) =>
          checkedElevation(keeper, () => book.elevations(tenant, name, now), {
            tenant,
            name,
            one,
          }),
        ),
      );
      return checked.filter((one) => one !== undefined);
    },
  };
}

function checkedElevation(
  keeper: RightsKeeper,
  read: () => Promise<readonly Elevation[]>,
  {
    tenant,
    name,
    one,
  }: { readonly tenant: string; readonly name: string; readonly one: Elevation },
): Promise<Elevation | undefined> {
  let first: Elevation | undefined = one;
  return keeper.checked(
    async () => {
      const told = first ?? (await read()).find(({ role }) => role === one.role);
      first = undefined;
      return told;
    },
    ({ role, reason, at, until }) => ({
      row: elevationRow(tenant, name, role),
      isThat: (body) => isSameRight(body, { role, reason, at, until }),
    }),
  );
}

/** The store counts its own rows, of which some may be nobody's. */
function checkAdminLeft(
  keeper: RightsKeeper,
  tenant: string,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): void {
  const left = keeper
    .all({ what: 'person', tenant })
    .flatMap(personOf)
    .map((one) => (one.name === name ? { ...one, roles } : one));
  const isKnown = left.some((one) => one.name === name);
  if (!isKnown || left.some((one) => holdsRole(one, 'admin'))) return;
  throw new BailiwickError('api/last-admin');
}

function asDecided(found: StoredPerson): {
  readonly row: RightsRowName;
  readonly isThat: (body: JsonObject) => boolean;
} {
  const { tenant, name, roles, eligible = [], createdAt } = found;
  const said = { roles: [...roles], eligible: [...eligible], createdAt };
  return {
    row: personRow(tenant, name),
    isThat: ({ roles: given, eligible: may, createdAt: since }) =>
      isSameRight({ roles: given ?? [], eligible: may ?? [], createdAt: since ?? 0 }, said),
  };
}

function added({
  person,
  credentialDigest: credential,
  now,
}: Parameters<PeopleBook['addPerson']>[0]): RightsChange {
  const { tenant, name, roles, eligible = [] } = person;
  const body = {
    roles: [...rolesOf(roles)],
    eligible: [...rolesOf(eligible)],
    credential,
    createdAt: now,
  };
  return { ...personRow(tenant, name), next: body };
}

function personOf({ tenant, person: name, now }: RightsEntry): readonly StoredPerson[] {
  if (now === undefined) return [];
  const eligible = rolesOf(now['eligible'] as readonly Json[]);
  const roles = rolesOf(now['roles'] as readonly Json[]);
  const createdAt = Number(now['createdAt']);
  return [{ tenant, name, roles, ...(eligible.length === 0 ? {} : { eligible }), createdAt }];
}

export function personRow(tenant: string, name: string): RightsRowName {
  return { what: 'person', tenant, person: name, id: name };
}

function elevationRow(tenant: string, person: string, role: Role): RightsRowName {
  return { what: 'elevation', tenant, person, id: `${role} ${person}` };
}
