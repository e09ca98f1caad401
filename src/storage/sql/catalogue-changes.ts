import type { CatalogueChange } from '#contracts/tool-catalogue.ts';
import { digestColumns, toDigests } from './catalogue-rows.ts';
import { places, type SqlTransaction } from './database.ts';

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
  if (changes.length === 0) return;
  const rows = changes.map((_, at) => `(${places(3 + at * 3, 3)})`);
  const same = `tenant = $1 AND server = $2
    AND (tool, state, COALESCE(observed_digest, '')) IN (VALUES ${rows.join(', ')})`;
  const values = changes.flatMap(({ tool, state, observedDigest }) => [
    tool,
    state,
    observedDigest ?? '',
  ]);
  await tx.run(`UPDATE catalogue SET judged = 1 WHERE ${same}`, [tenant, server, ...values]);
  if (!changes.some(({ state }) => state === 'gone')) return;
  await tx.run(`DELETE FROM catalogue WHERE state = 'gone' AND pinned IS NULL AND ${same}`, [
    tenant,
    server,
    ...values,
  ]);
}
