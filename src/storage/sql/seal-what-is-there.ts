import type { SqlDatabase } from './database.ts';
import { text } from './database.ts';
import { type ColumnSeal, sealedForm } from './column-seal.ts';
import { sealedColumns } from './sealed-columns.ts';

const atOnce = 100;

/**
 * What an earlier version wrote in plain is sealed. Each few in a transaction of their own: a crash leaves some sealed
 * and some not, which reads the same, and the next start goes on. `mayChange`: not every engine lets every table be changed.
 */
export async function sealWhatIsThere(
  database: SqlDatabase,
  seal: ColumnSeal,
  mayChange: (table: string) => boolean = () => true,
): Promise<number> {
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
  for (let count = 0; ; ) {
    const found = await database.tenant(tenant, async (tx) => {
      const rows = await tx.all(
        `SELECT DISTINCT ${column} FROM ${table} WHERE tenant = $1 AND ${column} IS NOT NULL
          AND substr(${column}, 1, ${sealedForm.length}) <> $2 LIMIT ${atOnce}`,
        [tenant, sealedForm],
      );
      for (const row of rows) {
        const plain = text(row, column);
        count += await tx.run(
          `UPDATE ${table} SET ${column} = $3 WHERE tenant = $1 AND ${column} = $2`,
          [tenant, plain, seal.seal(tenant, plain)],
        );
      }
      return rows.length;
    });
    if (found < atOnce) return count;
  }
}
