import type { AgentReview, OversightBook } from '#contracts/oversight-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlValue,
  text,
} from './database.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

export function createOversightBook(database: SqlDatabase): OversightBook {
  const write = async (
    tenant: string,
    also: readonly OutboxDraft[],
    { sql, values }: { readonly sql: string; readonly values: readonly SqlValue[] },
  ): Promise<void> => {
    const owed = ownDrafts(tenant, also);
    await database.tenant(tenant, async (tx) => {
      await tx.run(sql, values);
      await putDrafts(tx, 'outbox', owed);
    });
    await notifyPut(database, owed);
  };
  return {
    async orphans(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT * FROM agent_orphans WHERE tenant = $1 ORDER BY agent', [tenant]),
      );
      return rows.map((row) => ({
        tenant: text(row, 'tenant'),
        agent: text(row, 'agent'),
        owner: text(row, 'owner'),
        since: number(row, 'since'),
      }));
    },
    putOrphan: ({ tenant, agent, owner, since, also = [] }) =>
      write(tenant, also, {
        sql: `INSERT INTO agent_orphans (tenant, agent, owner, since) VALUES ($1, $2, $3, $4)
          ON CONFLICT (tenant, agent) DO UPDATE SET owner = $3`,
        values: [tenant, agent, owner, since],
      }),
    removeOrphan: ({ tenant, agent, also = [] }) =>
      write(tenant, also, {
        sql: 'DELETE FROM agent_orphans WHERE tenant = $1 AND agent = $2',
        values: [tenant, agent],
      }),
    async reviews(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT * FROM agent_reviews WHERE tenant = $1 ORDER BY agent', [tenant]),
      );
      return rows.map(toReview);
    },
    putReview: ({ tenant, agent, at, by, next, answers, told, also = [] }) =>
      write(tenant, also, {
        sql: `INSERT INTO agent_reviews
            (tenant, agent, reviewed_at, reviewed_by, next_at, answers, told)
          VALUES ($1, $2, $3, $4, $5, $6, $7)
          ON CONFLICT (tenant, agent) DO UPDATE SET reviewed_at = $3, reviewed_by = $4,
            next_at = $5, answers = $6, told = $7`,
        values: [tenant, agent, at, by ?? null, next ?? null, answers ?? null, told],
      }),
  };
}

function toReview(row: SqlRow): AgentReview {
  return {
    tenant: text(row, 'tenant'),
    agent: text(row, 'agent'),
    at: number(row, 'reviewed_at'),
    by: optionalText(row, 'reviewed_by'),
    next: optionalNumber(row, 'next_at'),
    answers: optionalNumber(row, 'answers'),
    told: text(row, 'told') as AgentReview['told'],
  };
}
