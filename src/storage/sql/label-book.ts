import type { LabelBook, SessionLabels } from '#contracts/label-book.ts';
import type { Label } from '#kernel/label.ts';
import { type SqlDatabase, type SqlTransaction, text } from './database.ts';

/** A row a label. INVARIANT: there is no statement here that could take one away. */
export function createLabelBook(database: SqlDatabase): LabelBook {
  return {
    read: (tenant, session) => database.tenant(tenant, (tx) => read(tx, tenant, session)),
    raise: (tenant, session, labels, source) =>
      database.tenant(tenant, async (tx) => {
        // One raise after the other, so that a version names one set of labels.
        await tx.lock(`labels/${session}`);
        for (const label of labels) {
          await tx.run(
            `INSERT INTO session_labels (tenant, session, label, source) VALUES ($1, $2, $3, $4)
              ON CONFLICT DO NOTHING`,
            [tenant, session, label, source],
          );
        }
        return read(tx, tenant, session);
      }),
  };
}

async function read(tx: SqlTransaction, tenant: string, session: string): Promise<SessionLabels> {
  const rows = await tx.all('SELECT label FROM session_labels WHERE tenant = $1 AND session = $2', [
    tenant,
    session,
  ]);
  // Sorted here: the engines collate differently.
  const labels = rows.map((row) => text(row, 'label') as Label).sort();
  return { labels, version: labels.length };
}
