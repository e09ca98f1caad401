import type { CatalogueChange } from '#contracts/tool-catalogue.ts';
import { digestColumns, toDigests } from './catalogue-rows.ts';
import type { SqlTransaction } from './database.ts';

export async function changesOf(
  tx: SqlTransaction,
  tenant: string,
  server: string,
  limit: number,
): Promise<CatalogueChange[]> {
  const rows = await tx.all(
    `SELECT ${digestColumns} FROM catalogue WHERE tenant = $1 AND server = $2 AND judged = 0
      ORDER BY tool LIMIT $3`,
    [tenant, server, limit],
  );
  return rows.map(toDigests);
}

/** Only what still is as it was when it was judged. */
export async function forgetJudged(
  tx: SqlTransaction,
  tenant: string,
  server: string,
  changes: readonly CatalogueChange[],
): Promise<void> {
  await tx.lock(`catalogue/${server}`);
  const same = `tenant = $1 AND server = $2 AND tool = $3 AND state = $4
    AND COALESCE(observed_digest, '') = $5`;
  for (const { tool, state, observedDigest } of changes) {
    const row = [tenant, server, tool, state, observedDigest ?? ''];
    await tx.run(`UPDATE catalogue SET judged = 1 WHERE ${same}`, row);
    if (state !== 'gone') continue;
    await tx.run(`DELETE FROM catalogue WHERE ${same} AND pinned IS NULL`, row);
  }
}
