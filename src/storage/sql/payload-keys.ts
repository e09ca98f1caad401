import type { PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type SqlDatabase, type SqlRow, text } from './database.ts';

export function createPayloadKeyBook(database: SqlDatabase): PayloadKeyBook {
  const of = (tenant: string, subject: string): Promise<PayloadKey | undefined> =>
    database.tenant(tenant, async (tx) => keyOf((await tx.all(bySubject, [tenant, subject]))[0]));
  return {
    of,
    byHandle(tenant, handle) {
      return database.tenant(tenant, async (tx) => {
        const rows = await tx.all('SELECT * FROM payload_keys WHERE tenant = $1 AND handle = $2', [
          tenant,
          handle,
        ]);
        return keyOf(rows[0]);
      });
    },
    async keep({ tenant, subject, key, now }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO payload_keys (tenant, subject, handle, wrapped_key, made_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, subject) DO NOTHING`,
          [tenant, subject, key.handle, key.wrappedKey, now],
        ),
      );
      // In a transaction of its own: it sees whichever key of two that came at once was kept.
      const kept = await of(tenant, subject);
      if (kept === undefined) throw new BailiwickError('store/conflict');
      return kept;
    },
    async destroy(tenant, subject) {
      const gone = await database.tenant(tenant, (tx) =>
        tx.run('DELETE FROM payload_keys WHERE tenant = $1 AND subject = $2', [tenant, subject]),
      );
      return gone > 0;
    },
  };
}

const bySubject = 'SELECT * FROM payload_keys WHERE tenant = $1 AND subject = $2';

function keyOf(row: SqlRow | undefined): PayloadKey | undefined {
  return row && { handle: text(row, 'handle'), wrappedKey: text(row, 'wrapped_key') };
}
