import { number, type SqlDatabase } from './database.ts';

/** Raised by a restore from backup: what was granted before it counts no more. */
export async function currentEpoch(database: SqlDatabase): Promise<number> {
  const rows = await database.system((tx) =>
    tx.all(`SELECT CAST(value AS BIGINT) AS n FROM meta WHERE name = 'epoch'`, []),
  );
  return rows[0] === undefined ? 1 : Number(rows[0]['n']);
}

export async function raiseEpoch(database: SqlDatabase): Promise<number> {
  const rows = await database.system((tx) =>
    tx.all(
      `INSERT INTO meta (name, value) VALUES ('epoch', '2') ON CONFLICT (name)
        DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
        RETURNING CAST(value AS BIGINT) AS n`,
      [],
    ),
  );
  return rows[0] === undefined ? 1 : number(rows[0], 'n');
}
