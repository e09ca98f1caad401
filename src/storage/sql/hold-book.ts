import type { HoldBook, HoldScope, LegalHold } from '#contracts/hold-book.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  text,
} from './database.ts';

export function createHoldBook(database: SqlDatabase): HoldBook {
  const change = (sql: string) => async (tenant: string, yes: Yes) => {
    const values = [tenant, yes.id, yes.by, yes.now];
    const rows = await database.tenant(tenant, (tx) => tx.all(sql, values));
    return rows[0] && toHold(rows[0]);
  };
  return {
    async ask(tenant, hold) {
      await database.tenant(tenant, (tx) => tx.run(insertion, askedValues(tenant, hold)));
    },
    async putBack(tenant, hold) {
      const { heldBy, heldAt, releasedBy, releasedAt } = hold;
      const rest = [heldBy ?? null, heldAt ?? null, releasedBy ?? null, releasedAt ?? null];
      const values = [...askedValues(tenant, hold), ...rest];
      await database.tenant(tenant, async (tx) => {
        await tx.run('DELETE FROM legal_holds WHERE tenant = $1 AND id = $2', [tenant, hold.id]);
        await tx.run(wholeInsertion, values);
      });
    },
    confirm: change(
      `UPDATE legal_holds SET held_by = $3, held_at = $4, lapses_at = NULL
        WHERE tenant = $1 AND id = $2 AND held_at IS NULL AND released_at IS NULL
          AND lapses_at > $4 RETURNING *`,
    ),
    release: change(
      `UPDATE legal_holds SET released_by = $3, released_at = $4
        WHERE tenant = $1 AND id = $2 AND released_at IS NULL RETURNING *`,
    ),
    async forget(tenant, { handle, now }) {
      const count = await database.tenant(tenant, (tx) => tx.run(blanked, [tenant, handle, now]));
      if (count > 0) await database.scrub(tenant);
      return count;
    },
    list: (tenant) =>
      database.tenant(tenant, async (tx) => {
        const sql = 'SELECT * FROM legal_holds WHERE tenant = $1 ORDER BY asked_at DESC, id DESC';
        return (await tx.all(sql, [tenant])).map(toHold);
      }),
    over: (tenant, asked, now) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all(inForce, [tenant, now]);
        return rows.map(toHold).filter(({ scope }) => forbids(scope, asked));
      }),
  };
}

interface Yes {
  readonly id: string;
  readonly by: string;
  readonly now: number;
}

const insertion = `INSERT INTO legal_holds (tenant, id, subject, handle, from_at, matter, asked_by,
  asked_at, lapses_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const wholeInsertion = `INSERT INTO legal_holds (tenant, id, subject, handle, from_at, matter, asked_by,
  asked_at, lapses_at, held_by, held_at, released_by, released_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

function askedValues(tenant: string, hold: LegalHold) {
  const { id, scope, matter, askedBy, askedAt, lapsesAt } = hold;
  const ofSubject = scope.kind === 'subject';
  return [
    tenant,
    id,
    ofSubject ? scope.subject : null,
    ofSubject ? scope.handle : null,
    ofSubject ? null : scope.from,
    matter,
    askedBy,
    askedAt,
    lapsesAt ?? null,
  ];
}

const inForce = `SELECT * FROM legal_holds WHERE tenant = $1 AND released_at IS NULL
  AND (lapses_at IS NULL OR lapses_at > $2) ORDER BY asked_at, id`;

const blanked = `UPDATE legal_holds SET subject = '' WHERE tenant = $1 AND handle = $2
  AND subject <> '' AND (released_at IS NOT NULL OR lapses_at <= $3)`;

function forbids(scope: HoldScope, asked: Parameters<HoldBook['over']>[1]): boolean {
  if ('subject' in asked) return scope.kind === 'since' || scope.subject === asked.subject;
  return scope.kind === 'subject' || scope.from < asked.olderThan;
}

function toHold(row: SqlRow): LegalHold {
  return {
    id: text(row, 'id'),
    scope: scopeOf(row),
    matter: text(row, 'matter'),
    askedBy: text(row, 'asked_by'),
    askedAt: number(row, 'asked_at'),
    lapsesAt: optionalNumber(row, 'lapses_at'),
    heldBy: optionalText(row, 'held_by'),
    heldAt: optionalNumber(row, 'held_at'),
    releasedBy: optionalText(row, 'released_by'),
    releasedAt: optionalNumber(row, 'released_at'),
  };
}

function scopeOf(row: SqlRow): HoldScope {
  const from = optionalNumber(row, 'from_at');
  if (from !== undefined) return { kind: 'since', from };
  return { kind: 'subject', subject: text(row, 'subject'), handle: text(row, 'handle') };
}
