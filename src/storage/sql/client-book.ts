import type { ClientBook, RegisteredClient } from '#contracts/client-book.ts';
import { number, type SqlDatabase, type SqlRow, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';

export function createClientBook(database: SqlDatabase): ClientBook {
  return {
    register: (client, most) =>
      database.tenant(client.tenant, async (tx) => {
        const { tenant, id, document, name, redirectUris, source, registeredAt, usedAt } = client;
        // Two at once could both be the last one that there is room for.
        await tx.lock(`clients ${document}`);
        const added = await tx.run(
          `INSERT INTO oauth_clients
            (tenant, id, document, name, redirect_uris, source, registered_at, used_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE
              (SELECT COUNT(*) FROM oauth_clients WHERE tenant = $1 AND document = $3) < $9`,
          [tenant, id, document, name, toColumn(redirectUris), source, registeredAt, usedAt, most],
        );
        return added === 1;
      }),
    async get(tenant, id) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT * FROM oauth_clients WHERE tenant = $1 AND id = $2', [tenant, id]),
      );
      return rows[0] === undefined ? undefined : toClient(rows[0]);
    },
    async list(tenant, limit) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          'SELECT * FROM oauth_clients WHERE tenant = $1 ORDER BY registered_at DESC, id LIMIT $2',
          [tenant, limit],
        ),
      );
      return rows.map(toClient);
    },
    async used(tenant, id, now) {
      await database.tenant(tenant, (tx) =>
        tx.run('UPDATE oauth_clients SET used_at = $3 WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
          now,
        ]),
      );
    },
    forget: (tenant, unusedSince) =>
      database.tenant(tenant, (tx) =>
        tx.run('DELETE FROM oauth_clients WHERE tenant = $1 AND used_at < $2', [
          tenant,
          unusedSince,
        ]),
      ),
  };
}

function toClient(row: SqlRow): RegisteredClient {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    document: text(row, 'document'),
    name: text(row, 'name'),
    redirectUris: fromColumn(text(row, 'redirect_uris')) as readonly string[],
    source: text(row, 'source'),
    registeredAt: number(row, 'registered_at'),
    usedAt: number(row, 'used_at'),
  };
}
