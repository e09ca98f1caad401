import { yesRoles } from '#contracts/config-mode.ts';
import type {
  Bootstrap,
  DocumentReview,
  ListedReview,
  ReviewBook,
} from '#contracts/document-change.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isSamePerson } from '#kernel/principal.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  type SqlValue,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { lettersSql, lettersValue, olderSql, olderValues, orderSql } from './older.ts';

/** For how long one person alone may review themselves. */
const bootstrapMs = 86_400_000;

const mostListed = 500;

export function createReviewBook(database: SqlDatabase): ReviewBook {
  return {
    async ask(tenant, review) {
      const { id, owner, steps, askedBy, reason, askedAt, until, state, seal } = review;
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO document_reviews
            (tenant, id, owner, steps, asked_by, reason, asked_at, until_at, state, seal)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [tenant, id, owner, stepsColumn(steps), askedBy, reason, askedAt, until, state, seal],
        ),
      );
    },
    list: (tenant, asked = { limit: mostListed }) =>
      listed(
        database,
        tenant,
        `AND ${olderSql('asked_at', 2, asked)} AND ${lettersSql(['asked_by'], 4)}
          AND ($5 = '' OR state = $5 OR ($5 = 'decided' AND state <> 'open')) ${orderSql('asked_at', asked)} LIMIT $6`,
        [...olderValues(asked), lettersValue(asked), asked.state ?? '', asked.limit],
      ),
    open: (tenant) =>
      listed(database, tenant, "AND state = 'open' ORDER BY asked_at DESC, id DESC"),
    async countOpen(tenant, now) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT COUNT(*) AS n FROM document_reviews
            WHERE tenant = $1 AND state = 'open' AND until_at > $2`,
          [tenant, now],
        ),
      );
      return Number(rows[0]?.['n'] ?? 0);
    },
    async get(tenant, id) {
      const rows = await database.tenant(tenant, (tx) => one(tx, tenant, id));
      return rows[0] === undefined ? undefined : toReview(rows[0]);
    },
    decide: (decision) => database.tenant(decision.tenant, (tx) => decide(tx, decision)),
    async expire(tenant, now) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `UPDATE document_reviews SET state = 'expired', decided_at = $2
            WHERE tenant = $1 AND state = 'open' AND until_at <= $2 RETURNING *`,
          [tenant, now],
        ),
      );
      return rows.map(toReview);
    },
    bootstrap: (tenant, now) => database.system((tx) => bootstrap(tx, tenant, now)),
  };
}

function one(tx: SqlTransaction, tenant: string, id: string): Promise<readonly SqlRow[]> {
  return tx.all('SELECT * FROM document_reviews WHERE tenant = $1 AND id = $2', [tenant, id]);
}

/** INVARIANT: one statement asks and writes, so that of two who decide at once one is too late. */
async function decide(
  tx: SqlTransaction,
  { tenant, id, by, state, why, now }: Parameters<ReviewBook['decide']>[0],
): Promise<DocumentReview> {
  // Names are folded here and not by SQL: who asked does not change.
  const [before] = await one(tx, tenant, id);
  const waiting = before === undefined ? undefined : toReview(before);
  const isOwn = state === 'applied' && waiting !== undefined && isSamePerson(waiting.askedBy, by);
  if (isOwn && waiting.state === 'open' && waiting.until > now)
    throw new BailiwickError('config/second-person');
  const decided = await tx.all(
    `UPDATE document_reviews SET state = $3, decided_by = $4, decided_at = $5, why = $6
      WHERE tenant = $1 AND id = $2 AND state = 'open' AND until_at > $5
        AND ($3 <> 'applied' OR asked_by <> $4) RETURNING *`,
    [tenant, id, state, by, now, why],
  );
  if (decided[0] !== undefined) return toReview(decided[0]);
  throw new BailiwickError('api/not-found', { message: `no review \`${id}\` waits` });
}

/** Whoever is the second person ends it, for good: see `endBootstrap`. */
async function bootstrap(tx: SqlTransaction, tenant: string, now: number): Promise<Bootstrap> {
  await tx.run(
    `INSERT INTO bootstraps (tenant, begun_at, until_at) VALUES ($1, $2, $3)
      ON CONFLICT (tenant) DO NOTHING`,
    [tenant, now, now + bootstrapMs],
  );
  await endBootstrap(tx, tenant, now);
  const [row] = await tx.all('SELECT * FROM bootstraps WHERE tenant = $1', [tenant]);
  if (row === undefined) throw new BailiwickError('store/conflict');
  return {
    begunAt: number(row, 'begun_at'),
    until: number(row, 'until_at'),
    endedAt: optionalNumber(row, 'ended_at'),
  };
}

/** In the transaction that adds somebody: two who may say yes were there once, whoever goes afterwards. */
export async function endBootstrap(tx: SqlTransaction, tenant: string, now: number): Promise<void> {
  await tx.run(
    `UPDATE bootstraps SET ended_at = $2 WHERE tenant = $1 AND ended_at IS NULL
      AND (SELECT COUNT(*) FROM people WHERE tenant = $1 AND (${saysYes})) > 1`,
    [tenant, now],
  );
}

/** Held, or to be had for a time. */
const saysYes = yesRoles
  .flatMap((role) => ['roles', 'eligible'].map((column) => `${column} LIKE '%"${role}"%'`))
  .join(' OR ');

/**
 * INVARIANT: reads which documents a review is about and none of what they would say. One that was written before
 * the names stood in front is read whole.
 */
async function listed(
  database: SqlDatabase,
  tenant: string,
  which: string,
  more: readonly SqlValue[] = [],
): Promise<readonly ListedReview[]> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT id, owner, asked_by, reason, asked_at, until_at, state, decided_by, decided_at, why,
          CASE WHEN substr(steps, 1, 1) = '[' THEN steps ELSE
            substr(steps, ${lengthDigits + 1}, CAST(substr(steps, 1, ${lengthDigits}) AS INTEGER))
          END AS documents
        FROM document_reviews WHERE tenant = $1 ${which}`,
      [tenant, ...more],
    ),
  );
  return rows.map((row) => {
    const documents = fromColumn(text(row, 'documents')) as (string | WrittenStep)[];
    const names = documents.map((one) => (typeof one === 'string' ? one : nameOf(one)));
    return { ...factsOf(row), documents: names };
  });
}

type WrittenStep = Partial<DocumentReview['steps'][0]>;

const lengthDigits = 8;

/** The names behind their length, then the steps. ASCII, so that every engine counts the same. */
function stepsColumn(steps: DocumentReview['steps']): string {
  const names = toColumn(steps.map(nameOf)).replace(
    /[^ -~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${String(names.length).padStart(lengthDigits, '0')}${names}${toColumn(plainSteps(steps))}`;
}

function readSteps(column: string): DocumentReview['steps'] {
  const start = column.startsWith('[') ? 0 : lengthDigits + Number(column.slice(0, lengthDigits));
  const steps = fromColumn(column.slice(start)) as WrittenStep[];
  return steps.map(({ kind = '', name = '', before, spec }) => ({ kind, name, before, spec }));
}

function nameOf({ kind = '', name = '' }: WrittenStep): string {
  return `${kind}/${name}`;
}

function plainSteps(steps: DocumentReview['steps']) {
  return steps.map(({ kind, name, before, spec }) => ({
    kind,
    name,
    ...(before === undefined ? {} : { before }),
    ...(spec === undefined ? {} : { spec }),
  }));
}

function toReview(row: SqlRow): DocumentReview {
  return { ...factsOf(row), steps: readSteps(text(row, 'steps')), seal: text(row, 'seal') };
}

function factsOf(row: SqlRow): Omit<DocumentReview, 'steps' | 'seal'> {
  const decidedBy = optionalText(row, 'decided_by');
  const decidedAt = optionalNumber(row, 'decided_at');
  const why = optionalText(row, 'why');
  return {
    id: text(row, 'id'),
    owner: text(row, 'owner') as DocumentReview['owner'],
    askedBy: text(row, 'asked_by'),
    reason: text(row, 'reason'),
    askedAt: number(row, 'asked_at'),
    until: number(row, 'until_at'),
    state: text(row, 'state') as DocumentReview['state'],
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(decidedAt === undefined ? {} : { decidedAt }),
    ...(why === undefined ? {} : { why }),
  };
}
