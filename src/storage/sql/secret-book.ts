import { oweRecompile } from '#contracts/owed.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { number, type SqlDatabase, text } from './database.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

export function createSecretBook(database: SqlDatabase): SecretBook {
  return {
    async put({ tenant, secret, by, now, also = [] }) {
      // An older version never comes back: it may be the one that was rotated because it leaked.
      const owed = [...ownDrafts(tenant, also), oweRecompile(tenant, now)];
      const written = await database.tenant(tenant, async (tx) => {
        const rows = await tx.run(
          `INSERT INTO secrets (tenant, name, version, wrapped_key, sealed, stored_by, stored_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, name) DO UPDATE SET
            version = $3, wrapped_key = $4, sealed = $5, stored_by = $6, stored_at = $7
            WHERE secrets.version < $3`,
          [tenant, secret.name, secret.version, secret.wrappedKey, secret.sealed, by, now],
        );
        if (rows > 0) await putDrafts(tx, 'outbox', owed);
        return rows;
      });
      if (written === 0) throw new BailiwickError('store/conflict');
      await notifyPut(database, owed);
    },
    async remove({ tenant, name, now }) {
      const owed = [oweRecompile(tenant, now)];
      const rows = await database.tenant(tenant, async (tx) => {
        const gone = await tx.run('DELETE FROM secrets WHERE tenant = $1 AND name = $2', [
          tenant,
          name,
        ]);
        if (gone > 0) await putDrafts(tx, 'outbox', owed);
        return gone;
      });
      if (rows > 0) await notifyPut(database, owed);
      return rows > 0;
    },
    async rewrap(tenant, { name, version, wrappedKey }, was) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE secrets SET wrapped_key = $4
            WHERE tenant = $1 AND name = $2 AND version = $3 AND wrapped_key = $5`,
          [tenant, name, version, wrappedKey, was],
        ),
      );
      await database.scrub(tenant);
    },
    async list(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT * FROM secrets WHERE tenant = $1 ORDER BY name', [tenant]),
      );
      return rows.map((row) => ({
        name: text(row, 'name'),
        version: number(row, 'version'),
        wrappedKey: text(row, 'wrapped_key'),
        sealed: text(row, 'sealed'),
      }));
    },
  };
}
