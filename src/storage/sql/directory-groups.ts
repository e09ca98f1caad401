import {
  type DirectoryBook,
  type DirectoryGroup,
  foldName,
  type GroupFacts,
} from '#contracts/directory-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { number, type SqlDatabase, type SqlRow, type SqlTransaction, text } from './database.ts';
import { changeDirectory, checkChanged, checkRoom, conditionsOf } from './directory-rows.ts';
import { strangersAmong } from './directory-users.ts';
import { fromColumn, toColumn } from './json.ts';

type Groups = Pick<DirectoryBook, 'putGroup' | 'removeGroup' | 'group' | 'groups'>;

const conditions = {
  id: (place: string) => `id = ${place}`,
  displayName: (place: string) => `display_key = ${place}`,
  externalId: (place: string) => `external_id = ${place}`,
  member: (place: string) =>
    `id IN (SELECT group_id FROM directory_members WHERE tenant = $1 AND user_id = ${place})`,
} as const;

export function createDirectoryGroups(database: SqlDatabase): Groups {
  return {
    putGroup: (change) =>
      changeDirectory(database, change, async (tx) => {
        const { tenant, id, members } = change;
        const row = await writeGroup(tx, change);
        await writeMembers(tx, tenant, id, members);
        return toGroup(row, await membersOf(tx, tenant, id));
      }),
    removeGroup: (change) =>
      changeDirectory(database, change, async (tx) => {
        const { tenant, id, expects } = change;
        checkChanged(
          await tx.run(
            'DELETE FROM directory_groups WHERE tenant = $1 AND id = $2 AND version = $3',
            [tenant, id, expects],
          ),
        );
        await tx.run('DELETE FROM directory_members WHERE tenant = $1 AND group_id = $2', [
          tenant,
          id,
        ]);
      }),
    group: (tenant, id) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all('SELECT * FROM directory_groups WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
        ]);
        return rows[0] === undefined
          ? undefined
          : toGroup(rows[0], await membersOf(tx, tenant, id));
      }),
    groups: ({ tenant, terms, from, limit, withMembers }) =>
      database.tenant(tenant, async (tx) => {
        const { where, values } = conditionsOf(terms, conditions);
        const all = `FROM directory_groups WHERE tenant = $1 AND ${where}`;
        const count = await tx.all(`SELECT COUNT(*) AS n ${all}`, [tenant, ...values]);
        const at = values.length + 2;
        const rows = await tx.all(
          `SELECT * ${all} ORDER BY created_at, id LIMIT $${at} OFFSET $${at + 1}`,
          [tenant, ...values, limit, from],
        );
        const groups: DirectoryGroup[] = [];
        for (const row of rows) {
          groups.push(
            toGroup(row, withMembers ? await membersOf(tx, tenant, text(row, 'id')) : []),
          );
        }
        return { total: Number(count[0]?.['n'] ?? 0), groups };
      }),
  };
}

async function writeGroup(
  tx: SqlTransaction,
  change: Parameters<DirectoryBook['putGroup']>[0],
): Promise<SqlRow> {
  const { tenant, id, expects, facts, now } = change;
  const written = [toColumn(facts), foldName(facts.displayName), facts.externalId ?? null, now];
  if (expects === 0) await checkRoom(tx, 'directory_groups', change);
  const rows =
    expects === 0
      ? await tx.all(
          `INSERT INTO directory_groups
            (tenant, id, body, display_key, external_id, created_at, modified_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $6, 1) ON CONFLICT DO NOTHING RETURNING *`,
          [tenant, id, ...written],
        )
      : await tx.all(
          `UPDATE directory_groups SET body = $3, display_key = $4, external_id = $5,
            modified_at = $6, version = version + 1
            WHERE tenant = $1 AND id = $2 AND version = $7 RETURNING *`,
          [tenant, id, ...written, expects],
        );
  if (rows[0] === undefined) throw new BailiwickError('store/conflict');
  return rows[0];
}

/** Only what differs is written: groups are large, and changes of them are small. */
async function writeMembers(
  tx: SqlTransaction,
  tenant: string,
  group: string,
  members: readonly string[],
): Promise<void> {
  const before = new Set(await membersOf(tx, tenant, group));
  const after = new Set(members);
  const added = [...after].filter((id) => !before.has(id));
  const strangers = await strangersAmong(tx, tenant, added);
  if (strangers.length > 0) {
    throw new BailiwickError('api/not-found', { message: 'a member of the group is nobody here' });
  }
  for (const id of added) {
    await tx.run('INSERT INTO directory_members (tenant, group_id, user_id) VALUES ($1, $2, $3)', [
      tenant,
      group,
      id,
    ]);
  }
  for (const id of before) {
    if (after.has(id)) continue;
    await tx.run(
      'DELETE FROM directory_members WHERE tenant = $1 AND group_id = $2 AND user_id = $3',
      [tenant, group, id],
    );
  }
}

async function membersOf(tx: SqlTransaction, tenant: string, group: string): Promise<string[]> {
  const rows = await tx.all(
    'SELECT user_id FROM directory_members WHERE tenant = $1 AND group_id = $2 ORDER BY user_id',
    [tenant, group],
  );
  return rows.map((row) => text(row, 'user_id'));
}

function toGroup(row: SqlRow, members: readonly string[]): DirectoryGroup {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    facts: fromColumn(text(row, 'body')) as GroupFacts,
    members,
    version: number(row, 'version'),
    createdAt: number(row, 'created_at'),
    modifiedAt: number(row, 'modified_at'),
  };
}
