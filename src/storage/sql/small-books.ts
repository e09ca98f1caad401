import type { LabelBook, SessionLabels } from '#contracts/label-book.ts';
import type { Lease, LeaseBook } from '#contracts/lease-book.ts';
import type { Reservations } from '#contracts/reservations.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import { newId } from '#kernel/ids.ts';
import type { Label } from '#kernel/label.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { currentEpoch } from './epoch.ts';

export function createLeaseBook(database: SqlDatabase): LeaseBook {
  return {
    async open(lease) {
      const epoch = await currentEpoch(database);
      await database.tenant(lease.tenant, (tx) =>
        tx.run(
          `INSERT INTO leases (tenant, id, agent, instance, server, secret, opened_at, epoch)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            lease.tenant,
            lease.id,
            lease.agent,
            lease.instance,
            lease.server,
            lease.secret,
            lease.openedAt,
            epoch,
          ],
        ),
      );
      return { ...lease, endedAt: undefined, endedBy: undefined, epoch };
    },
    async end(tenant, id, by, now) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE leases SET ended_at = $3, ended_by = $4 WHERE tenant = $1 AND id = $2
            AND ended_at IS NULL`,
          [tenant, id, now, by],
        ),
      );
    },
    async listOpen({ tenant, agent, instance }) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT * FROM leases WHERE tenant = $1 AND ended_at IS NULL AND ($2 = '' OR agent = $2)
            AND ($3 = '' OR instance = $3) ORDER BY opened_at, id`,
          [tenant, agent ?? '', instance ?? ''],
        ),
      );
      return rows.map(toLease);
    },
  };
}

function toLease(row: SqlRow): Lease {
  return {
    id: text(row, 'id'),
    tenant: text(row, 'tenant'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    server: text(row, 'server'),
    secret: text(row, 'secret'),
    bound: 'process',
    openedAt: number(row, 'opened_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    epoch: number(row, 'epoch'),
  };
}

/** A row a label: there is no statement here that could lower one. */
export function createLabelBook(database: SqlDatabase): LabelBook {
  const read = async (
    tx: SqlTransaction,
    tenant: string,
    session: string,
  ): Promise<SessionLabels> => {
    const rows = await tx.all(
      'SELECT label FROM session_labels WHERE tenant = $1 AND session = $2 ORDER BY label',
      [tenant, session],
    );
    const labels = rows.map((row) => text(row, 'label') as Label);
    return { labels, version: labels.length };
  };
  return {
    read: (tenant, session) => database.tenant(tenant, (tx) => read(tx, tenant, session)),
    raise: (tenant, session, labels, source) =>
      database.tenant(tenant, async (tx) => {
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

export function createReservations(database: SqlDatabase): Reservations {
  return {
    reserve: (ask) =>
      database.tenant(ask.tenant, async (tx) => {
        const { tenant, key, amount, period, limit, expiresAt, now } = ask;
        if (amount > limit) return undefined;
        // One statement: parallel callers meet at this row, and the guard holds for each of them.
        const taken = await tx.all(
          `INSERT INTO usage (tenant, name, period, used) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant, name, period) DO UPDATE SET used = usage.used + $4
            WHERE usage.used + $4 <= $5 RETURNING used`,
          [tenant, key, period, amount, limit],
        );
        if (taken.length === 0) return undefined;
        const id = newId(now);
        await tx.run(
          `INSERT INTO reservations (tenant, id, name, period, amount, state, expires_at)
            VALUES ($1, $2, $3, $4, $5, 'reserved', $6)`,
          [tenant, id, key, period, amount, expiresAt],
        );
        return { id, tenant, key, amount, period };
      }),
    async commit(tenant, id) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE reservations SET state = 'committed' WHERE tenant = $1 AND id = $2
            AND state = 'reserved'`,
          [tenant, id],
        ),
      );
    },
    release: (tenant, id) => database.tenant(tenant, (tx) => releaseOne(tx, tenant, id)),
    async used(tenant, key, period) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT used FROM usage WHERE tenant = $1 AND name = $2 AND period = $3', [
          tenant,
          key,
          period,
        ]),
      );
      return rows[0] === undefined ? 0 : number(rows[0], 'used');
    },
    async settleExpired(now) {
      let settled = 0;
      for (const tenant of await database.tenants()) {
        settled += await database.tenant(tenant, (tx) =>
          tx.run(
            `UPDATE reservations SET state = 'committed' WHERE tenant = $1 AND state = 'reserved'
              AND expires_at <= $2`,
            [tenant, now],
          ),
        );
      }
      return settled;
    },
  };
}

async function releaseOne(tx: SqlTransaction, tenant: string, id: string): Promise<void> {
  const released = await tx.all(
    `UPDATE reservations SET state = 'released' WHERE tenant = $1 AND id = $2
      AND state = 'reserved' RETURNING name, period, amount`,
    [tenant, id],
  );
  const row = released[0];
  if (row === undefined) return;
  await tx.run(
    'UPDATE usage SET used = used - $4 WHERE tenant = $1 AND name = $2 AND period = $3',
    [tenant, text(row, 'name'), text(row, 'period'), number(row, 'amount')],
  );
}

export function createSecretBook(database: SqlDatabase): SecretBook {
  return {
    async put(tenant, secret, by, now) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO secrets (tenant, name, version, wrapped_key, sealed, stored_by, stored_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, name) DO UPDATE SET
            version = $3, wrapped_key = $4, sealed = $5, stored_by = $6, stored_at = $7`,
          [tenant, secret.name, secret.version, secret.wrappedKey, secret.sealed, by, now],
        ),
      );
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
