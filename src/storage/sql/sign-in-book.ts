import type { PersonSession } from '#contracts/person-session.ts';
import {
  endedByTime,
  type SessionEnd,
  type SessionGround,
  type SessionStand,
  type SignInAttempt,
  type SignInBook,
  type StoredSession,
} from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
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
import { notifyPut, putDrafts } from './outbox.ts';
import { sessionRows } from './session-rows.ts';
import { lettersSql, lettersValue, olderSql, olderValues, orderSql } from './older.ts';

/** How often it is written down that a browser was here. */
const seenEveryMs = 60_000;

export function createSignInBook(database: SqlDatabase): SignInBook {
  return {
    ...attempts(database),
    ...sessions(database),
    ...sessionRows(database),
    nameOf: (human) => database.system((tx) => nameOf(tx, human)),
    async end(what, owed) {
      const done = await database.system(async (tx) => {
        const ended = await end(tx, what);
        const drafts = ended.flatMap((one) => owed(one));
        await putDrafts(tx, 'system_outbox', drafts);
        return { ended, drafts };
      });
      await notifyPut(database, done.drafts);
      return done.ended;
    },
    rememberEnded: (of) => database.system((tx) => rememberEnded(tx, of)),
    useOnce: ({ tenant, issuer, jti, until, now }) =>
      database.system(async (tx) => {
        await tx.run('DELETE FROM used_logouts WHERE expires_at <= $1', [now]);
        const added = await tx.run(
          `INSERT INTO used_logouts (tenant, issuer, jti, expires_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING`,
          [tenant, issuer, jti, until],
        );
        return added === 1;
      }),
  };
}

function attempts(database: SqlDatabase): Pick<SignInBook, 'addAttempt' | 'takeAttempt'> {
  return {
    addAttempt: (attempt) =>
      database.system(async (tx) => {
        const { state, tenant, begunAt } = attempt;
        const expiresAt = Math.min(attempt.expiresAt, begunAt + limits.signInAttemptMs);
        await tx.run('DELETE FROM sign_in_attempts WHERE expires_at <= $1', [begunAt]);
        await tx.run(
          `INSERT INTO sign_in_attempts (state, tenant, attempt, begun_at, expires_at, source)
            VALUES ($1, $2, $3, $4, $5, $6)`,
          [state, tenant, toColumn(attempt), begunAt, expiresAt, attempt.source],
        );
        await tx.run(
          `DELETE FROM sign_in_attempts WHERE state IN (
            SELECT state FROM sign_in_attempts WHERE source = $1
              ORDER BY begun_at DESC, state LIMIT 1000 OFFSET $2)`,
          [attempt.source, limits.signInAttemptsPerSource],
        );
        // Strangers begin them: what is kept for them is bounded, and the newest are the living.
        await tx.run(
          `DELETE FROM sign_in_attempts WHERE state IN (
            SELECT state FROM sign_in_attempts ORDER BY begun_at DESC, state LIMIT 1000 OFFSET $1)`,
          [limits.signInAttempts],
        );
      }),
    takeAttempt: (state, now) =>
      database.system(async (tx) => {
        const rows = await tx.all(
          'DELETE FROM sign_in_attempts WHERE state = $1 RETURNING attempt, expires_at',
          [state],
        );
        const row = rows[0];
        if (row === undefined || number(row, 'expires_at') <= now) return undefined;
        return fromColumn(text(row, 'attempt')) as SignInAttempt;
      }),
  };
}

function sessions(
  database: SqlDatabase,
): Pick<SignInBook, 'begin' | 'footings' | 'get' | 'byCookie' | 'list' | 'overdue'> {
  const select = (where: string, values: readonly SqlValue[]) =>
    database.system((tx) => tx.all(`SELECT * FROM person_sessions WHERE ${where}`, values));
  return {
    begin: (session, on) => database.system((tx) => begin(tx, session, on)),
    async footings() {
      const rows = await database.system((tx) =>
        tx.all(
          `SELECT DISTINCT tenant, provider, footing FROM person_sessions
            WHERE ended_at IS NULL AND footing IS NOT NULL`,
          [],
        ),
      );
      return rows.map((row) => ({
        tenant: text(row, 'tenant'),
        provider: text(row, 'provider'),
        footing: text(row, 'footing'),
      }));
    },
    async get(tenant, id, now) {
      const open = 'tenant = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3';
      const rows = await select(open, [tenant, id, now]);
      return rows[0] === undefined ? undefined : toSession(rows[0]);
    },
    byCookie: ({ cookie, now, idleMs }) =>
      database.system(async (tx) => {
        const rows = await tx.all(
          `SELECT * FROM person_sessions WHERE cookie = $1 AND ended_at IS NULL
            AND expires_at > $2 AND seen_at > $3`,
          [cookie, now, now - idleMs],
        );
        const row = rows[0];
        if (row === undefined) return undefined;
        if (number(row, 'seen_at') + seenEveryMs <= now) {
          await tx.run('UPDATE person_sessions SET seen_at = $2 WHERE cookie = $1', [cookie, now]);
        }
        return toSession(row);
      }),
    async list(asked) {
      const { tenant, open, now, limit } = asked;
      const state = open ? 'AND ended_at IS NULL AND expires_at > $2' : 'AND begun_at <= $2';
      const rows = await select(
        `tenant = $1 ${state} AND ${olderSql('begun_at', 4, asked)}
          AND ${lettersSql(['person', 'provider'], 6)} ${orderSql('begun_at', asked)} LIMIT $3`,
        [tenant, now, limit, ...olderValues(asked), lettersValue(asked)],
      );
      return readable(rows, toStored);
    },
    async overdue(now, limit) {
      const rows = await select(
        'ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2',
        [now, limit],
      );
      return readable(rows, toSession);
    },
  };
}

async function begin(
  tx: SqlTransaction,
  session: PersonSession,
  { cookie, footing, seal }: SessionStand,
): Promise<void> {
  const { tenant, id, person, user, provider, providerSession, begunAt, expiresAt } = session;
  await tx.run('DELETE FROM person_sessions WHERE ended_at <= $1', [
    begunAt - limits.endedSignInMs,
  ]);
  await refuseEnded(tx, session);
  await tx.run(
    `INSERT INTO person_sessions (tenant, id, cookie, person, issuer, subject, provider,
        provider_session, session, begun_at, expires_at, seen_at, footing, seal)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $12, $13)`,
    [
      tenant,
      id,
      cookie ?? null,
      person,
      user.issuer,
      user.subject,
      provider,
      providerSession ?? null,
      toColumn(session),
      begunAt,
      expiresAt,
      footing ?? null,
      seal ?? null,
    ],
  );
}

/** Its time alone ends nothing for good: a provider's session may last longer than one of ours. */
async function refuseEnded(
  tx: SqlTransaction,
  { tenant, provider, providerSession, by, begunAt }: PersonSession,
): Promise<void> {
  if (by !== 'exchange' || providerSession === undefined) return;
  const ended = await tx.all(
    `SELECT id FROM person_sessions WHERE tenant = $1 AND provider = $2 AND provider_session = $3
      AND ended_at IS NOT NULL AND ended_by <> $4 LIMIT 1`,
    [tenant, provider, providerSession, endedByTime],
  );
  const elsewhere = await tx.all(
    `SELECT jti FROM used_logouts WHERE tenant = $1 AND issuer = $2 AND jti = $3
      AND expires_at > $4`,
    [tenant, endedOf(provider), providerSession, begunAt],
  );
  if (ended.length + elsewhere.length > 0) throw new BailiwickError('identity/delegation-ended');
}

/** Beside the logout tokens that were used, under a name that no issuer has. */
function endedOf(provider: string): string {
  return `ended ${provider}`;
}

async function rememberEnded(
  tx: SqlTransaction,
  { tenant, provider, session, until, now }: Parameters<SignInBook['rememberEnded']>[0],
): Promise<void> {
  await tx.run('DELETE FROM used_logouts WHERE expires_at <= $1', [now]);
  await tx.run(
    `INSERT INTO used_logouts (tenant, issuer, jti, expires_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant, issuer, jti) DO UPDATE SET expires_at = $4`,
    [tenant, endedOf(provider), session, until],
  );
  await tx.run(
    `DELETE FROM used_logouts WHERE tenant = $1 AND issuer = $2 AND jti IN (
      SELECT jti FROM used_logouts WHERE tenant = $1 AND issuer = $2
        ORDER BY expires_at DESC, jti LIMIT 1000 OFFSET $3)`,
    [tenant, endedOf(provider), limits.endedElsewhere],
  );
}

async function end(
  tx: SqlTransaction,
  { tenant, ground, by, reason, now }: SessionEnd,
): Promise<StoredSession[]> {
  const { where, values } = standsOn(ground);
  const rows = await tx.all(
    `UPDATE person_sessions SET ended_at = $2, ended_by = $3, reason = $4
      WHERE tenant = $1 AND ended_at IS NULL AND ${where} RETURNING *`,
    [tenant, now, by, reason, ...values],
  );
  return readable(rows, toStored);
}

/** Places from the fifth on. */
function standsOn(ground: SessionGround): { where: string; values: readonly SqlValue[] } {
  switch (ground.kind) {
    case 'session':
      return { where: 'id = $5', values: [ground.id] };
    case 'user':
      return { where: 'issuer = $5 AND subject = $6', values: [ground.issuer, ground.subject] };
    case 'provider-session':
      return ground.subject === undefined
        ? {
            where: 'provider = $5 AND provider_session = $6',
            values: [ground.provider, ground.session],
          }
        : {
            where: `provider = $5 AND subject = $7
              AND (provider_session = $6 OR provider_session IS NULL)`,
            values: [ground.provider, ground.session, ground.subject],
          };
    case 'person':
      return { where: 'person = $5', values: [ground.person] };
    case 'footing':
      return { where: 'provider = $5 AND footing = $6', values: [ground.provider, ground.footing] };
    case 'all':
      return { where: '1 = 1', values: [] };
  }
}

async function nameOf(
  tx: SqlTransaction,
  { tenant, issuer, subject, proposed }: Parameters<SignInBook['nameOf']>[0],
): Promise<string> {
  await tx.lock(`names ${tenant}`);
  const known = await tx.all(
    'SELECT name FROM person_names WHERE tenant = $1 AND issuer = $2 AND subject = $3',
    [tenant, issuer, subject],
  );
  if (known[0] !== undefined) return text(known[0], 'name');
  for (const name of proposed) {
    const taken = await tx.all(
      `SELECT name FROM people WHERE tenant = $1 AND name = $2
        UNION SELECT name FROM person_names WHERE tenant = $1 AND name = $2`,
      [tenant, name],
    );
    if (taken.length > 0) continue;
    await tx.run(
      'INSERT INTO person_names (tenant, name, issuer, subject) VALUES ($1, $2, $3, $4)',
      [tenant, name, issuer, subject],
    );
    return name;
  }
  throw new BailiwickError('store/conflict', { message: 'each name for this human is taken' });
}

/** INVARIANT: one that somebody made unreadable keeps none of the others from ending. */
function readable<T>(rows: readonly SqlRow[], read: (row: SqlRow) => T): T[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch {
      return [];
    }
  });
}

function toSession(row: SqlRow): PersonSession {
  return withAbsent(fromColumn(text(row, 'session')) as PersonSession);
}

/** What is undefined is not in the column; whoever compares sessions sees it all the same. */
function withAbsent(session: PersonSession): PersonSession {
  return { ...session, providerSession: session.providerSession };
}

function toStored(row: SqlRow): StoredSession {
  return {
    ...toSession(row),
    seenAt: number(row, 'seen_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    reason: optionalText(row, 'reason'),
  };
}
