import type { Reservation, Reservations } from '#contracts/reservations.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { number, type SqlDatabase, type SqlTransaction, text } from './database.ts';

type Ask = Parameters<Reservations['reserve']>[0];

/** `usage` counts what is reserved and what is committed; `reservations` holds what is in flight. */
export function createReservations(database: SqlDatabase): Reservations {
  return {
    async reserve(ask) {
      checkWhole(ask);
      if (ask.amount > ask.limit) return undefined;
      return database.tenant(ask.tenant, (tx) => reserveOne(tx, ask));
    },
    async commit(tenant, id) {
      await database.tenant(tenant, (tx) =>
        tx.run('DELETE FROM reservations WHERE tenant = $1 AND id = $2', [tenant, id]),
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
          tx.run('DELETE FROM reservations WHERE tenant = $1 AND expires_at <= $2', [tenant, now]),
        );
      }
      return settled;
    },
  };
}

/** A negative amount would give room back; a fraction would be rounded by one engine only. */
function checkWhole({ amount, limit }: Ask): void {
  if (Number.isSafeInteger(amount) && amount >= 0 && Number.isSafeInteger(limit)) return;
  throw new BailiwickError('api/invalid', {
    message: 'an amount and its limit are whole numbers, not negative',
    suggestedAction: 'count in the smallest unit',
  });
}

async function reserveOne(tx: SqlTransaction, ask: Ask): Promise<Reservation | undefined> {
  const { tenant, key, amount, period, limit, expiresAt, now } = ask;
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
}

/** Whoever takes the row out gives the room back: once, however many try. */
async function releaseOne(tx: SqlTransaction, tenant: string, id: string): Promise<void> {
  const released = await tx.all(
    'DELETE FROM reservations WHERE tenant = $1 AND id = $2 RETURNING name, period, amount',
    [tenant, id],
  );
  const row = released[0];
  if (row === undefined) return;
  await tx.run(
    'UPDATE usage SET used = used - $4 WHERE tenant = $1 AND name = $2 AND period = $3',
    [tenant, text(row, 'name'), text(row, 'period'), number(row, 'amount')],
  );
}
