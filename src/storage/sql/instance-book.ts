import type { EnrolledInstance, InstanceBook, UnboundToken } from '#contracts/instance-book.ts';
import { oweRoster } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import {
  number,
  optionalNumber,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, putDrafts } from './outbox.ts';

/** A roster is of all tenants; its draft names none of them. */
const systemTenant = 'system';

export function createInstanceBook(database: SqlDatabase, clock: Clock): InstanceBook {
  const select = async (where: string, values: readonly string[]) => {
    const rows = await database.system((tx) =>
      tx.all(`SELECT * FROM instances WHERE ${where} ORDER BY enrolled_at, instance`, values),
    );
    return rows.map(toInstance);
  };
  return {
    async addJoinToken(token) {
      await database.system((tx) =>
        tx.run(
          `INSERT INTO join_tokens (digest, tenant, agent, created_by, expires_at)
            VALUES ($1, $2, $3, $4, $5)`,
          [token.tokenDigest, token.tenant, token.agent, token.createdBy, token.expiresAt],
        ),
      );
    },
    byThumbprint: async (thumbprint) => (await select('thumbprint = $1', [thumbprint]))[0],
    list: (tenant, agent) =>
      agent === undefined
        ? select('tenant = $1', [tenant])
        : select('tenant = $1 AND agent = $2', [tenant, agent]),
    ofAgents: async (tenant, agents) =>
      agents.length === 0
        ? []
        : select(`tenant = $1 AND agent IN (${agents.map((_, at) => `$${at + 2}`).join(', ')})`, [
            tenant,
            ...agents,
          ]),
    listAll: () => select('1 = 1', []),
    ...changes(database),
    async openJoinToken(tokenDigest, now) {
      const rows = await database.system((tx) =>
        tx.all(
          `SELECT tenant, agent FROM join_tokens
            WHERE digest = $1 AND used_at IS NULL AND expires_at > $2`,
          [tokenDigest, now],
        ),
      );
      const row = rows[0];
      return row && { tenant: text(row, 'tenant'), agent: text(row, 'agent') };
    },
    ...unboundTokens(database),
    rememberAssertion: (thumbprint, jti, expiresAt) =>
      database.system(async (tx) => {
        // By our clock, never by what the caller says: nobody can make us forget.
        const over = clock.now() - limits.clockSkewMs;
        await tx.run('DELETE FROM assertions WHERE expires_at < $1', [over]);
        const added = await tx.run(
          `INSERT INTO assertions (thumbprint, jti, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING`,
          [thumbprint, jti, expiresAt],
        );
        return added === 1;
      }),
  };
}

function unboundTokens(
  database: SqlDatabase,
): Pick<InstanceBook, 'noteUnbound' | 'unbound' | 'revokeUnbound'> {
  return {
    noteUnbound: ({ tenant, agent, instance, issuedBy, issuedAt, expiresAt }) =>
      database.system(async (tx) => {
        await tx.run('DELETE FROM unbound_tokens WHERE expires_at <= $1', [issuedAt]);
        await tx.run(
          `INSERT INTO unbound_tokens (instance, tenant, agent, issued_by, issued_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)`,
          [instance, tenant, agent, issuedBy, issuedAt, expiresAt],
        );
      }),
    async unbound(tenant) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM unbound_tokens WHERE tenant = $1 ORDER BY issued_at, instance', [
          tenant,
        ]),
      );
      return rows.map(toUnbound);
    },
    async revokeUnbound(tenant, instance, now) {
      const rows = await database.system((tx) =>
        tx.all(
          `UPDATE unbound_tokens SET revoked_at = COALESCE(revoked_at, $3)
            WHERE tenant = $1 AND instance = $2 RETURNING *`,
          [tenant, instance, now],
        ),
      );
      return rows[0] === undefined ? undefined : toUnbound(rows[0]);
    },
  };
}

/** Each change of who is enrolled, with the roster that it owes. */
function changes(database: SqlDatabase): Pick<InstanceBook, 'enrol' | 'revoke'> {
  return {
    async enrol(join) {
      const also = [...(join.also ?? []), oweRoster(systemTenant, join.now)];
      const enrolled = await database.system(async (tx) => {
        const one = await enrol(tx, join);
        await putDrafts(tx, 'system_outbox', also);
        return one;
      });
      await notifyPut(database, also);
      return enrolled;
    },
    async revoke(tenant, instance, now, given = []) {
      const also = [...given, oweRoster(systemTenant, now)];
      const rows = await database.system(async (tx) => {
        const revoked = await tx.all(
          `UPDATE instances SET revoked_at = COALESCE(revoked_at, $3)
            WHERE tenant = $1 AND instance = $2 RETURNING *`,
          [tenant, instance, now],
        );
        if (revoked.length > 0) await putDrafts(tx, 'system_outbox', also);
        return revoked;
      });
      await notifyPut(database, also);
      return rows[0] === undefined ? undefined : toInstance(rows[0]);
    },
  };
}

async function enrol(
  tx: SqlTransaction,
  { tokenDigest, instance, thumbprint, jwk, now }: Parameters<InstanceBook['enrol']>[0],
): Promise<EnrolledInstance> {
  const spent = await tx.all(
    `UPDATE join_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL
      AND expires_at > $2 RETURNING tenant, agent`,
    [tokenDigest, now],
  );
  const token = spent[0];
  if (token === undefined) throw new BailiwickError('identity/join-token-invalid');
  const added = await tx.all(
    `INSERT INTO instances (instance, tenant, agent, thumbprint, jwk, enrolled_at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (thumbprint) DO NOTHING RETURNING *`,
    [instance, text(token, 'tenant'), text(token, 'agent'), thumbprint, toColumn(jwk), now],
  );
  // The fault undoes the whole transaction: the join token is not spent by it.
  if (added[0] === undefined) throw new BailiwickError('identity/key-in-use');
  return toInstance(added[0]);
}

function toInstance(row: SqlRow): EnrolledInstance {
  return {
    tenant: text(row, 'tenant'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    thumbprint: text(row, 'thumbprint'),
    jwk: fromColumn(text(row, 'jwk')) as JsonObject,
    enrolledAt: number(row, 'enrolled_at'),
    revokedAt: optionalNumber(row, 'revoked_at'),
  };
}

function toUnbound(row: SqlRow): UnboundToken {
  return {
    tenant: text(row, 'tenant'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    issuedBy: text(row, 'issued_by'),
    issuedAt: number(row, 'issued_at'),
    expiresAt: number(row, 'expires_at'),
    revokedAt: optionalNumber(row, 'revoked_at'),
  };
}
