import type { Elevation, PeopleBook, PersonChange, StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { fromColumn, toColumn } from './json.ts';
import { holdsRole, type Person, type Role, rolesOf } from '#kernel/principal.ts';
import { notifyPut, putDrafts } from './outbox.ts';
import { endBootstrap } from './review-book.ts';
import { number, type SqlDatabase, type SqlRow, type SqlTransaction, text } from './database.ts';

export function createPeopleBook(database: SqlDatabase): PeopleBook {
  return {
    async addSetupLink({ digest, expiresAt }) {
      await database.system(async (tx) => {
        await tx.lock('setup');
        // One open link at a time: a restart makes the one before it worthless.
        await tx.run('DELETE FROM setup_links WHERE used_at IS NULL', []);
        await tx.run('INSERT INTO setup_links (digest, expires_at) VALUES ($1, $2)', [
          digest,
          expiresAt,
        ]);
      });
    },
    isSetupLink: ({ digest, now }) =>
      database.system(async (tx) => {
        const links = await tx.all(
          'SELECT digest FROM setup_links WHERE digest = $1 AND used_at IS NULL AND expires_at > $2',
          [digest, now],
        );
        const people = await tx.all('SELECT name FROM people LIMIT 1', []);
        return links.length === 1 && people.length === 0;
      }),
    redeemSetupLink: ({ digest, person, credentialDigest, now }) =>
      database.system(async (tx) => {
        await tx.lock('setup');
        const spent = await tx.run(
          `UPDATE setup_links SET used_at = $2 WHERE digest = $1 AND used_at IS NULL
            AND expires_at > $2`,
          [digest, now],
        );
        const people = await tx.all('SELECT name FROM people LIMIT 1', []);
        if (spent !== 1 || people.length > 0) throw new BailiwickError('api/setup-link-invalid');
        return addPerson(tx, person, credentialDigest, now);
      }),
    addPerson: ({ person, credentialDigest, now }) =>
      database.system((tx) => addPerson(tx, person, credentialDigest, now)),
    renewCredential: (renew) => renewCredential(database, renew),
    setRoles: ({ roles, eligible, ...change }) =>
      changed(database, change, 'UPDATE people SET roles = $3, eligible = $4', [
        toColumn([...roles]),
        toColumn([...eligible]),
      ]),
    removePerson: (change) => changed(database, change, 'DELETE FROM people', []),
    ...elevations(database),
    async byCredential(digest) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM people WHERE credential = $1', [digest]),
      );
      return rows[0] === undefined ? undefined : toPerson(rows[0]);
    },
    async list(tenant) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM people WHERE tenant = $1 ORDER BY name', [tenant]),
      );
      return rows.map(toPerson);
    },
  };
}

function elevations(database: SqlDatabase): Pick<PeopleBook, 'byName' | 'elevate' | 'elevations'> {
  const byName = async (tenant: string, name: string) => {
    const [row] = await database.system((tx) =>
      tx.all('SELECT * FROM people WHERE tenant = $1 AND name = $2', [tenant, name]),
    );
    return row === undefined ? undefined : toPerson(row);
  };
  return {
    byName,
    elevate: ({ tenant, name, role, reason, at, until }) =>
      database.system(async (tx) => {
        await tx.run('DELETE FROM elevations WHERE until <= $1', [at]);
        await tx.run(
          `INSERT INTO elevations (tenant, person, role, reason, begun_at, until)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, person, role)
            DO UPDATE SET reason = $4, begun_at = $5, until = $6`,
          [tenant, name, role, reason, at, until],
        );
      }),
    async elevations(tenant, name, now) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM elevations WHERE tenant = $1 AND person = $2 AND until > $3', [
          tenant,
          name,
          now,
        ]),
      );
      if (rows.length === 0) return [];
      const { eligible = [] } = (await byName(tenant, name)) ?? {};
      return rows.map(toElevation).filter(({ role }) => eligible.includes(role));
    },
  };
}

function toElevation(row: SqlRow): Elevation {
  return {
    role: text(row, 'role') as Role,
    reason: text(row, 'reason'),
    at: number(row, 'begun_at'),
    until: number(row, 'until'),
  };
}

/** INVARIANT: after it there is an admin, or nothing has changed. */
async function changed(
  database: SqlDatabase,
  { tenant, name, also = [] }: PersonChange,
  change: string,
  values: readonly string[],
): Promise<StoredPerson> {
  const person = await database.system(async (tx) => {
    await tx.lock(`people ${tenant}`);
    const [row] = await tx.all(`${change} WHERE tenant = $1 AND name = $2 RETURNING *`, [
      tenant,
      name,
      ...values,
    ]);
    if (row === undefined) throw new BailiwickError('api/not-found');
    const left = await tx.all('SELECT * FROM people WHERE tenant = $1', [tenant]);
    if (!left.map(toPerson).some((one) => holdsRole(one, 'admin'))) {
      throw new BailiwickError('api/last-admin');
    }
    if (change.startsWith('DELETE')) await forget(tx, tenant, name);
    await putDrafts(tx, 'system_outbox', also);
    return toPerson(row);
  });
  await notifyPut(database, also);
  return person;
}

/** INVARIANT: whoever has the name next has nothing of the one before. */
async function forget(tx: SqlTransaction, tenant: string, name: string): Promise<void> {
  for (const table of ['api_tokens', 'elevations', 'passkeys']) {
    await tx.run(`DELETE FROM ${table} WHERE tenant = $1 AND person = $2`, [tenant, name]);
  }
}

async function renewCredential(
  database: SqlDatabase,
  { tenant, name, credentialDigest }: Parameters<PeopleBook['renewCredential']>[0],
): Promise<StoredPerson> {
  const rows = await database.system((tx) =>
    tx.all('UPDATE people SET credential = $3 WHERE tenant = $1 AND name = $2 RETURNING *', [
      tenant,
      name,
      credentialDigest,
    ]),
  );
  if (rows[0] === undefined) throw new BailiwickError('api/not-found');
  return toPerson(rows[0]);
}

async function addPerson(
  tx: SqlTransaction,
  person: Parameters<PeopleBook['addPerson']>[0]['person'],
  credential: string,
  now: number,
): Promise<StoredPerson> {
  // Whoever signed in by a provider under this name keeps it: one name is one human.
  await tx.lock(`names ${person.tenant}`);
  const known = await tx.all('SELECT name FROM person_names WHERE tenant = $1 AND name = $2', [
    person.tenant,
    person.name,
  ]);
  if (known.length > 0) throw taken(person);
  const rows = await tx.all(
    `INSERT INTO people (tenant, name, roles, eligible, credential, created_at)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT DO NOTHING RETURNING *`,
    [
      person.tenant,
      person.name,
      toColumn([...person.roles]),
      toColumn([...(person.eligible ?? [])]),
      credential,
      now,
    ],
  );
  if (rows[0] === undefined) throw taken(person);
  await endBootstrap(tx, person.tenant, now);
  return toPerson(rows[0]);
}

function taken({ name }: Person): BailiwickError {
  return new BailiwickError('store/conflict', { message: `\`${name}\` is there already` });
}

function toPerson(row: SqlRow): StoredPerson {
  const eligible = rolesOf(fromColumn(text(row, 'eligible')) as readonly unknown[]);
  return {
    tenant: text(row, 'tenant'),
    name: text(row, 'name'),
    roles: rolesOf(fromColumn(text(row, 'roles')) as readonly unknown[]),
    ...(eligible.length === 0 ? {} : { eligible }),
    createdAt: number(row, 'created_at'),
  };
}
