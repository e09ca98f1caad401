import type { SqlDatabase, SqlValue } from './database.ts';
import { text } from './database.ts';
import { type ColumnSeal, sealedForm, sealedOrGone } from './column-seal.ts';
import { sealedColumns } from './sealed-columns.ts';
import { sealPublished } from './snapshot-feed.ts';

const atOnce = 100;

/** By what a row is found beside its tenant, where that is not its id: looking for what it says reads them all. */
const keys: Readonly<Record<string, readonly string[]>> = {
  documents: ['kind', 'name'],
  document_versions: ['kind', 'name', 'version'],
  document_removals: ['kind', 'name', 'version'],
  catalogue: ['server', 'tool'],
};

/**
 * What an earlier version wrote in plain is sealed. Each few in a transaction of their own: a crash leaves some sealed
 * and some not, which reads the same, and the next start goes on. `mayChange`: not every engine lets every table be changed.
 */
export async function sealWhatIsThere(
  database: SqlDatabase,
  seal: ColumnSeal,
  mayChange: (table: string) => boolean = () => true,
): Promise<number> {
  await sealPublished(database, seal);
  let count = 0;
  for (const tenant of await database.tenants()) {
    let changed = 0;
    for (const [table, columns] of Object.entries(sealedColumns)) {
      if (!mayChange(table)) continue;
      for (const column of columns)
        changed += await sealColumn(database, seal, { tenant, table, column });
    }
    // What stood there in plain is in no file of the engine either.
    if (changed > 0) await database.scrub(tenant);
    count += changed;
  }
  return count;
}

async function sealColumn(
  database: SqlDatabase,
  seal: ColumnSeal,
  {
    tenant,
    table,
    column,
  }: { readonly tenant: string; readonly table: string; readonly column: string },
): Promise<number> {
  const key = keys[table] ?? ['id'];
  const places = key.map((_, at) => `$${at + 3}`);
  const same = key.map((name, at) => `${name} = ${places[at]}`).join(' AND ');
  // From where the last few ended: what was sealed before is not read again.
  let after: SqlValue[] | undefined;
  for (let count = 0; ; ) {
    const behind = after === undefined ? '' : `AND (${key.join(', ')}) > (${places.join(', ')})`;
    const found = await database.tenant(tenant, async (tx) => {
      const rows = await tx.all(
        `SELECT ${key.join(', ')}, ${column} FROM ${table}
          WHERE tenant = $1 AND ${column} IS NOT NULL
          AND substr(${column}, 1, ${sealedForm.length}) <> $2 ${behind}
          ORDER BY ${key.join(', ')} LIMIT ${atOnce}`,
        [tenant, sealedForm, ...(after ?? [])],
      );
      for (const row of rows) {
        after = key.map((name) => row[name] as SqlValue);
        const sealed = sealedOrGone(seal, tenant, text(row, column));
        await tx.run(`UPDATE ${table} SET ${column} = $2 WHERE tenant = $1 AND ${same}`, [
          tenant,
          sealed,
          ...after,
        ]);
      }
      return rows.length;
    });
    count += found;
    if (found < atOnce) return count;
  }
}
