import type { ApiToken, ApiTokenBook } from '#contracts/api-token-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { rolesOf } from '#kernel/principal.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, putDrafts } from './outbox.ts';

/** How often it is written down that one was used. */
const usedEveryMs = 60_000;

export function createApiTokenBook(database: SqlDatabase): ApiTokenBook {
  return {
    add: (add) => database.system((tx) => addToken(tx, add)),
    use: (digest, now) =>
      database.system(async (tx) => {
        const [row] = await tx.all(
          'SELECT * FROM api_tokens WHERE digest = $1 AND expires_at > $2',
          [digest, now],
        );
        if (row === undefined) return undefined;
        await tx.run(
          'UPDATE api_tokens SET used_at = $2 WHERE digest = $1 AND COALESCE(used_at, 0) <= $3',
          [digest, now, now - usedEveryMs],
        );
        return toToken(row);
      }),
    async list(tenant, now) {
      const rows = await database.system((tx) =>
        tx.all(
          'SELECT * FROM api_tokens WHERE tenant = $1 AND expires_at > $2 ORDER BY created_at, id',
          [tenant, now],
        ),
      );
      return rows.map(toToken);
    },
    async remove({ tenant, id, also }) {
      const removed = await database.system(async (tx) => {
        const gone = await tx.run('DELETE FROM api_tokens WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
        ]);
        if (gone > 0) await putDrafts(tx, 'system_outbox', also);
        return gone > 0;
      });
      if (removed) await notifyPut(database, also);
      return removed;
    },
  };
}

async function addToken(
  tx: SqlTransaction,
  { token, digest }: Parameters<ApiTokenBook['add']>[0],
): Promise<void> {
  const { tenant, person, createdAt } = token;
  await tx.lock(`api tokens ${tenant}`);
  await tx.run('DELETE FROM api_tokens WHERE tenant = $1 AND person = $2 AND expires_at <= $3', [
    tenant,
    person,
    createdAt,
  ]);
  const rows = await tx.all('SELECT name FROM api_tokens WHERE tenant = $1 AND person = $2', [
    tenant,
    person,
  ]);
  if (rows.some((row) => text(row, 'name') === token.name)) {
    throw new BailiwickError('store/conflict', {
      message: `there is a token \`${token.name}\` already`,
    });
  }
  if (rows.length >= limits.apiTokensPerPerson) {
    throw new BailiwickError('store/conflict', {
      message: `a person has at most ${limits.apiTokensPerPerson} tokens`,
      suggestedAction: 'revoke one that is not used any more',
    });
  }
  await tx.run(
    `INSERT INTO api_tokens (tenant, id, person, name, roles, digest, session, attended, created_at,
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tenant,
      token.id,
      person,
      token.name,
      toColumn([...token.roles]),
      digest,
      token.session ?? null,
      token.attended ? 1 : 0,
      createdAt,
      token.expiresAt,
    ],
  );
}

function toToken(row: SqlRow): ApiToken {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    name: text(row, 'name'),
    person: text(row, 'person'),
    roles: rolesOf(fromColumn(text(row, 'roles')) as readonly unknown[]),
    session: optionalText(row, 'session'),
    attended: number(row, 'attended') === 1,
    createdAt: number(row, 'created_at'),
    expiresAt: number(row, 'expires_at'),
    usedAt: optionalNumber(row, 'used_at'),
  };
}
