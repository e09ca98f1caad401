import type { PeopleBook, PersonChange, StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { fromColumn, toColumn } from './json.ts';
import { holdsRole, type Person, rolesOf } from '#kernel/principal.ts';
import { notifyPut, putDrafts } from './outbox.ts';
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
    setRoles: ({ roles, ...change }) =>
      changed(database, change, 'UPDATE people SET roles = $3', [toColumn([...roles])]),
    removePerson: (change) => changed(database, change, 'DELETE FROM people', []),
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
    await putDrafts(tx, 'system_outbox', also);
    return toPerson(row);
  });
  await notifyPut(database, also);
  return person;
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
  person: Person,
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
    `INSERT INTO people (tenant, name, roles, credential, created_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT DO NOTHING RETURNING *`,
    [person.tenant, person.name, toColumn([...person.roles]), credential, now],
  );
  if (rows[0] === undefined) throw taken(person);
  return toPerson(rows[0]);
}

function taken({ name }: Person): BailiwickError {
  return new BailiwickError('store/conflict', { message: `\`${name}\` is there already` });
}

function toPerson(row: SqlRow): StoredPerson {
  return {
    tenant: text(row, 'tenant'),
    name: text(row, 'name'),
    roles: rolesOf(fromColumn(text(row, 'roles')) as readonly unknown[]),
    createdAt: number(row, 'created_at'),
  };
}
