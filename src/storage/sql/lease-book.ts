import type { Lease, LeaseBook } from '#contracts/lease-book.ts';
import { parseTarget } from '#kernel/target.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  text,
} from './database.ts';
import { currentEpoch } from './epoch.ts';

export function createLeaseBook(database: SqlDatabase): LeaseBook {
  return {
    async open(lease) {
      const epoch = await currentEpoch(database);
      const { tenant, id, agent, instance, target, secret, openedAt } = lease;
      // A version before reads the column of the server, which it says may not be empty.
      const server = parseTarget(target)?.owner ?? target;
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO leases (tenant, id, agent, instance, server, secret, opened_at, epoch,
            target) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [tenant, id, agent, instance, server, secret, openedAt, epoch, target],
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
      const epoch = await currentEpoch(database);
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT * FROM leases WHERE tenant = $1 AND ended_at IS NULL AND epoch = $4
            AND ($2 = '' OR agent = $2) AND ($3 = '' OR instance = $3) ORDER BY opened_at, id`,
          [tenant, agent ?? '', instance ?? '', epoch],
        ),
      );
      return rows.map(toLease);
    },
  };
}

export function toLease(row: SqlRow): Lease {
  return {
    id: text(row, 'id'),
    tenant: text(row, 'tenant'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    // One that a version before has opened since: it knew no other kind.
    target: optionalText(row, 'target') ?? `tool:${text(row, 'server')}`,
    secret: text(row, 'secret'),
    bound: 'process',
    openedAt: number(row, 'opened_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    epoch: number(row, 'epoch'),
  };
}
