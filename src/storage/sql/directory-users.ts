import {
  type DirectoryBook,
  type DirectoryUser,
  foldName,
  type Presence,
  type UserFacts,
} from '#contracts/directory-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  number,
  places,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { changeDirectory, checkChanged, checkRoom, conditionsOf } from './directory-rows.ts';
import { fromColumn, toColumn } from './json.ts';

type Users = Pick<
  DirectoryBook,
  'putUser' | 'removeUser' | 'user' | 'users' | 'isConnected' | 'presence'
>;

const named = (kind: string) => (place: string) =>
  `id IN (SELECT user_id FROM directory_names WHERE tenant = $1 AND kind = '${kind}' AND name = ${place})`;

const conditions = {
  id: (place: string) => `id = ${place}`,
  active: (place: string) => `active = ${place}`,
  userName: named('userName'),
  externalId: named('externalId'),
  email: named('email'),
} as const;

export function createDirectoryUsers(database: SqlDatabase): Users {
  return {
    putUser: (change) =>
      changeDirectory(database, change, async (tx) => {
        const user = await writeUser(tx, change);
        await nameUser(tx, change);
        await tx.run(
          `INSERT INTO directory_state (tenant, connected_at) VALUES ($1, $2)
            ON CONFLICT DO NOTHING`,
          [change.tenant, change.now],
        );
        return user;
      }),
    removeUser: (change) =>
      changeDirectory(database, change, async (tx) => {
        const { tenant, id, expects } = change;
        checkChanged(
          await tx.run(
            'DELETE FROM directory_users WHERE tenant = $1 AND id = $2 AND version = $3',
            [tenant, id, expects],
          ),
        );
        for (const table of ['directory_names', 'directory_members']) {
          await tx.run(`DELETE FROM ${table} WHERE tenant = $1 AND user_id = $2`, [tenant, id]);
        }
      }),
    async user(tenant, id) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT * FROM directory_users WHERE tenant = $1 AND id = $2', [tenant, id]),
      );
      return rows[0] === undefined ? undefined : toUser(rows[0]);
    },
    users: ({ tenant, terms, from, limit }) =>
      database.tenant(tenant, async (tx) => {
        const { where, values } = conditionsOf(terms, conditions);
        const all = `FROM directory_users WHERE tenant = $1 AND ${where}`;
        const count = await tx.all(`SELECT COUNT(*) AS n ${all}`, [tenant, ...values]);
        const at = values.length + 2;
        const rows = await tx.all(
          `SELECT * ${all} ORDER BY created_at, id LIMIT $${at} OFFSET $${at + 1}`,
          [tenant, ...values, limit, from],
        );
        return { total: Number(count[0]?.['n'] ?? 0), users: rows.map(toUser) };
      }),
    async isConnected(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT connected_at FROM directory_state WHERE tenant = $1', [tenant]),
      );
      return rows.length > 0;
    },
    presence: (tenant, names) =>
      database.tenant(tenant, async (tx) => {
        const found = new Map<string, Presence>();
        for (const name of names) found.set(name, await presenceOf(tx, tenant, foldName(name)));
        return found;
      }),
  };
}

async function writeUser(
  tx: SqlTransaction,
  change: Parameters<DirectoryBook['putUser']>[0],
): Promise<DirectoryUser> {
  const { tenant, id, expects, facts, now } = change;
  const written = [toColumn(facts), facts.active ? 1 : 0, now];
  if (expects === 0) {
    await checkRoom(tx, 'directory_users', change);
    const rows = await tx.all(
      `INSERT INTO directory_users (tenant, id, body, active, created_at, modified_at, version)
        VALUES ($1, $2, $3, $4, $5, $5, 1) ON CONFLICT DO NOTHING RETURNING *`,
      [tenant, id, ...written],
    );
    return changed(rows);
  }
  const rows = await tx.all(
    `UPDATE directory_users SET body = $3, active = $4, modified_at = $5, version = version + 1
      WHERE tenant = $1 AND id = $2 AND version = $6 RETURNING *`,
    [tenant, id, ...written, expects],
  );
  return changed(rows);
}

function changed(rows: readonly SqlRow[]): DirectoryUser {
  if (rows[0] === undefined) throw new BailiwickError('store/conflict');
  return toUser(rows[0]);
}

/** INVARIANT: one user has a `userName`, whatever the size of its letters. */
async function nameUser(
  tx: SqlTransaction,
  {
    tenant,
    id,
    facts,
  }: { readonly tenant: string; readonly id: string; readonly facts: UserFacts },
): Promise<void> {
  await tx.run('DELETE FROM directory_names WHERE tenant = $1 AND user_id = $2', [tenant, id]);
  for (const [kind, name] of namesOf(facts)) {
    const added = await tx.run(
      `INSERT INTO directory_names (tenant, kind, name, user_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING`,
      [tenant, kind, name, id],
    );
    if (added === 0 && kind === 'userName') {
      throw new BailiwickError('store/conflict', { message: 'somebody has this userName already' });
    }
  }
}

function namesOf({
  userName,
  externalId,
  emails,
}: UserFacts): readonly (readonly [string, string])[] {
  return [
    ['userName', foldName(userName)],
    ...(externalId === undefined ? [] : [['externalId', externalId] as const]),
    ...emails.map(({ value }) => ['email', foldName(value)] as const),
  ];
}

async function presenceOf(tx: SqlTransaction, tenant: string, name: string): Promise<Presence> {
  for (const kind of ['userName', 'email']) {
    const rows = await tx.all(
      `SELECT MAX(active) AS active FROM directory_users WHERE tenant = $1 AND id IN (
        SELECT user_id FROM directory_names WHERE tenant = $1 AND kind = $2 AND name = $3)`,
      [tenant, kind, name],
    );
    const active = rows[0]?.['active'] ?? null;
    if (active !== null) return Number(active) === 1 ? 'present' : 'inactive';
  }
  return 'unknown';
}

/** Those of them that are nobody. */
export async function strangersAmong(
  tx: SqlTransaction,
  tenant: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const strangers = new Set(ids);
  for (let at = 0; at < ids.length; at += 500) {
    const some = ids.slice(at, at + 500);
    const rows = await tx.all(
      `SELECT id FROM directory_users WHERE tenant = $1 AND id IN (${places(2, some.length)})`,
      [tenant, ...some],
    );
    for (const row of rows) strangers.delete(text(row, 'id'));
  }
  return [...strangers];
}

function toUser(row: SqlRow): DirectoryUser {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    facts: fromColumn(text(row, 'body')) as UserFacts,
    version: number(row, 'version'),
    createdAt: number(row, 'created_at'),
    modifiedAt: number(row, 'modified_at'),
  };
}
