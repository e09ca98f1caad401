import type {
  AuthorizationCode,
  CodeBook,
  RefreshFamily,
  SpentCode,
  Turned,
} from '#contracts/code-book.ts';
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

/** For how long after its end it is still known what somebody came with too late. */
const knownAfterMs = 86_400_000;

export function createCodeBook(database: SqlDatabase): CodeBook {
  return {
    async put(code) {
      const { tenant, digest, expiresAt } = code;
      await database.tenant(tenant, async (tx) => {
        await tx.run('DELETE FROM oauth_codes WHERE tenant = $1 AND expires_at < $2', [
          tenant,
          expiresAt - knownAfterMs,
        ]);
        await tx.run(
          'INSERT INTO oauth_codes (tenant, digest, code, expires_at) VALUES ($1, $2, $3, $4)',
          [tenant, digest, toColumn(code), expiresAt],
        );
      });
    },
    spend: (what) => database.tenant(what.tenant, (tx) => spend(tx, what)),
    gave: ({ tenant, digest, delegation }) =>
      database.tenant(tenant, async (tx) => {
        const noted = await tx.run(
          `UPDATE oauth_codes SET delegation = $3
            WHERE tenant = $1 AND digest = $2 AND replayed_at IS NULL`,
          [tenant, digest, delegation],
        );
        return noted === 1;
      }),
    begin: (family, digest, now) =>
      database.tenant(family.tenant, (tx) => begin(tx, family, digest, now)),
    familyOf: (tenant, digest) =>
      database.tenant(tenant, async (tx) => {
        const found = await tokenRow(tx, tenant, digest);
        return found === undefined ? undefined : toFamily(found);
      }),
    turn: (what) => database.tenant(what.tenant, (tx) => turn(tx, what)),
  };
}

/** INVARIANT: the row is changed by one who comes first; whoever comes after finds it spent. */
async function spend(
  tx: SqlTransaction,
  { tenant, digest, now }: Parameters<CodeBook['spend']>[0],
): Promise<SpentCode> {
  const spent = await tx.all(
    `UPDATE oauth_codes SET spent_at = $3
      WHERE tenant = $1 AND digest = $2 AND spent_at IS NULL RETURNING *`,
    [tenant, digest, now],
  );
  const [row] = spent;
  if (row !== undefined) {
    const code = fromColumn(text(row, 'code')) as AuthorizationCode;
    return code.expiresAt > now ? { kind: 'spent', code } : { kind: 'unknown' };
  }
  const known = await tx.all(
    `UPDATE oauth_codes SET replayed_at = $3 WHERE tenant = $1 AND digest = $2 RETURNING *`,
    [tenant, digest, now],
  );
  if (known[0] === undefined) return { kind: 'unknown' };
  return { kind: 'replayed', delegation: optionalText(known[0], 'delegation') };
}

async function begin(
  tx: SqlTransaction,
  family: RefreshFamily,
  digest: string,
  now: number,
): Promise<void> {
  const { tenant, delegation, client, thumbprint, until } = family;
  const over = now - knownAfterMs;
  await tx.run(
    `DELETE FROM refresh_tokens WHERE tenant = $1 AND delegation IN
      (SELECT delegation FROM refresh_families WHERE tenant = $1 AND until_at < $2)`,
    [tenant, over],
  );
  await tx.run('DELETE FROM refresh_families WHERE tenant = $1 AND until_at < $2', [tenant, over]);
  await tx.run(
    `INSERT INTO refresh_families (tenant, delegation, client, thumbprint, turn, until_at)
      VALUES ($1, $2, $3, $4, 1, $5)`,
    [tenant, delegation, client, thumbprint ?? null, until],
  );
  await putToken(tx, { tenant, digest, delegation, turn: 1 });
}

interface NewToken {
  readonly tenant: string;
  readonly digest: string;
  readonly delegation: string;
  readonly turn: number;
}

async function putToken(
  tx: SqlTransaction,
  { tenant, digest, delegation, turn: at }: NewToken,
): Promise<void> {
  await tx.run(
    'INSERT INTO refresh_tokens (tenant, digest, delegation, turn) VALUES ($1, $2, $3, $4)',
    [tenant, digest, delegation, at],
  );
}

async function tokenRow(
  tx: SqlTransaction,
  tenant: string,
  digest: string,
): Promise<SqlRow | undefined> {
  const rows = await tx.all(
    `SELECT f.*, t.turn AS of_turn FROM refresh_tokens t
      JOIN refresh_families f ON f.tenant = t.tenant AND f.delegation = t.delegation
      WHERE t.tenant = $1 AND t.digest = $2`,
    [tenant, digest],
  );
  return rows[0];
}

async function turn(
  tx: SqlTransaction,
  { tenant, digest, next, now, graceMs }: Parameters<CodeBook['turn']>[0],
): Promise<Turned> {
  const known = await tokenRow(tx, tenant, digest);
  if (known === undefined) return { kind: 'unknown' };
  const delegation = text(known, 'delegation');
  await tx.lock(`refresh ${delegation}`);
  const row = (await tokenRow(tx, tenant, digest)) ?? known;
  const family = toFamily(row);
  const own = number(row, 'of_turn');
  const at = number(row, 'turn');
  const turnedAt = optionalNumber(row, 'turned_at') ?? now;
  if (own === at) {
    await tx.run(
      `UPDATE refresh_families SET turn = $3, turned_at = $4 WHERE tenant = $1 AND delegation = $2`,
      [tenant, delegation, at + 1, now],
    );
    await putToken(tx, { tenant, digest: next, delegation, turn: at + 1 });
    return { kind: 'turned', family };
  }
  // A clock that was set back makes nothing young again.
  const isLost = own === at - 1 && now >= turnedAt && now - turnedAt <= graceMs;
  if (!isLost) return { kind: 'reused', family };
  await putToken(tx, { tenant, digest: next, delegation, turn: at });
  return { kind: 'turned', family };
}

function toFamily(row: SqlRow): RefreshFamily {
  return {
    tenant: text(row, 'tenant'),
    delegation: text(row, 'delegation'),
    client: text(row, 'client'),
    thumbprint: optionalText(row, 'thumbprint'),
    until: number(row, 'until_at'),
  };
}
