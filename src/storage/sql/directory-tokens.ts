import type { DirectoryBook, DirectoryToken } from '#contracts/directory-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { number, optionalNumber, type SqlDatabase, type SqlRow, text } from './database.ts';

type Tokens = Pick<DirectoryBook, 'addToken' | 'tokens' | 'endToken' | 'byToken'>;

/** Digests alone; with the system, because a bearer says not whose it is. */
export function createDirectoryTokens(database: SqlDatabase): Tokens {
  return {
    addToken: ({ tenant, id, digest, madeBy, madeAt, expiresAt, most }) =>
      database.system(async (tx) => {
        await tx.lock('directory tokens');
        const live = await tx.all(
          `SELECT id FROM directory_tokens WHERE tenant = $1 AND ended_at IS NULL
            AND expires_at > $2`,
          [tenant, madeAt],
        );
        if (live.length >= most) throw new BailiwickError('store/conflict');
        await tx.run(
          `INSERT INTO directory_tokens (digest, id, tenant, made_by, made_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)`,
          [digest, id, tenant, madeBy, madeAt, expiresAt],
        );
      }),
    async tokens(tenant) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM directory_tokens WHERE tenant = $1 ORDER BY made_at, id', [tenant]),
      );
      return rows.map(toToken);
    },
    async endToken(tenant, id, now) {
      const rows = await database.system((tx) =>
        tx.all(
          `UPDATE directory_tokens SET ended_at = COALESCE(ended_at, $3)
            WHERE tenant = $1 AND id = $2 RETURNING *`,
          [tenant, id, now],
        ),
      );
      return rows[0] === undefined ? undefined : toToken(rows[0]);
    },
    async byToken(digest, now) {
      const rows = await database.system((tx) =>
        tx.all(
          `SELECT * FROM directory_tokens WHERE digest = $1 AND ended_at IS NULL
            AND expires_at > $2`,
          [digest, now],
        ),
      );
      return rows[0] === undefined ? undefined : toToken(rows[0]);
    },
  };
}

function toToken(row: SqlRow): DirectoryToken {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    madeBy: text(row, 'made_by'),
    madeAt: number(row, 'made_at'),
    expiresAt: number(row, 'expires_at'),
    endedAt: optionalNumber(row, 'ended_at'),
  };
}
