import type { Agreement, AgreementBook } from '#contracts/agreement-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isSamePerson } from '#kernel/principal.ts';
import { number, type SqlDatabase, type SqlRow, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';

export function createAgreementBook(database: SqlDatabase): AgreementBook {
  return {
    async ask(tenant, { id, act, askedBy, reason, askedAt, until }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO agreements (tenant, id, act, asked_by, reason, asked_at, until_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [tenant, id, toColumn(act), askedBy, reason, askedAt, until],
        ),
      );
    },
    open: (tenant, now) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all(
          `SELECT * FROM agreements WHERE tenant = $1 AND agreed_at IS NULL AND until_at > $2
            ORDER BY asked_at, id`,
          [tenant, now],
        );
        return rows.map(toAgreement);
      }),
    async end(tenant, id) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          'UPDATE agreements SET until_at = 0 WHERE tenant = $1 AND id = $2 AND agreed_at IS NULL',
          [tenant, id],
        ),
      );
    },
    async agree({ tenant, id, by, now }) {
      return database.tenant(tenant, async (tx) => {
        // Names are folded here and not by SQL: who asked does not change.
        const waiting = await tx.all(
          `SELECT asked_by FROM agreements WHERE tenant = $1 AND id = $2
            AND agreed_at IS NULL AND until_at > $3`,
          [tenant, id, now],
        );
        if (waiting.some((row) => isSamePerson(text(row, 'asked_by'), by)))
          throw new BailiwickError('audit/second-person');
        const agreed = await tx.all(
          `UPDATE agreements SET agreed_by = $3, agreed_at = $4 WHERE tenant = $1 AND id = $2
            AND agreed_at IS NULL AND until_at > $4 AND asked_by <> $3 RETURNING *`,
          [tenant, id, by, now],
        );
        if (agreed[0] !== undefined) return toAgreement(agreed[0]);
        throw new BailiwickError('api/not-found', {
          message: `nothing called \`${id}\` waits for somebody to agree`,
        });
      });
    },
  };
}

function toAgreement(row: SqlRow): Agreement {
  return {
    id: text(row, 'id'),
    act: fromColumn(text(row, 'act')) as JsonObject,
    askedBy: text(row, 'asked_by'),
    reason: text(row, 'reason'),
    askedAt: number(row, 'asked_at'),
    until: number(row, 'until_at'),
  };
}
