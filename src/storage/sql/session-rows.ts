import type { PersonSession } from '#contracts/person-session.ts';
import type { SessionRow, SignInBook } from '#contracts/sign-in-book.ts';
import { optionalNumber, optionalText, type SqlDatabase, type SqlRow, text } from './database.ts';
import { fromColumn } from './json.ts';

/** Sign-ins as their rows are, for whoever holds them against their seals. */
export function sessionRows(database: SqlDatabase): Pick<SignInBook, 'row' | 'lastingRows'> {
  return {
    async row(tenant, id) {
      const [row] = await database.system((tx) =>
        tx.all('SELECT * FROM person_sessions WHERE tenant = $1 AND id = $2', [tenant, id]),
      );
      return row === undefined ? undefined : toRow(row);
    },
    async lastingRows(now) {
      const rows = await database.system((tx) =>
        tx.all('SELECT * FROM person_sessions WHERE expires_at > $1', [now]),
      );
      return rows.map(toRow);
    },
  };
}

function toRow(row: SqlRow): SessionRow {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    person: text(row, 'person'),
    session: sessionIn(row),
    footing: optionalText(row, 'footing'),
    seal: optionalText(row, 'seal'),
    endedAt: optionalNumber(row, 'ended_at'),
  };
}

/** INVARIANT: it is found, ended and forgotten by what it says itself. */
function sessionIn(row: SqlRow): PersonSession | undefined {
  try {
    const session = fromColumn(text(row, 'session')) as PersonSession;
    const { user, providerSession } = session;
    const isThat =
      (['tenant', 'id', 'person', 'provider'] as const).every(
        (name) => session[name] === text(row, name),
      ) &&
      user.issuer === text(row, 'issuer') &&
      user.subject === text(row, 'subject') &&
      providerSession === optionalText(row, 'provider_session') &&
      session.begunAt === optionalNumber(row, 'begun_at') &&
      session.expiresAt === optionalNumber(row, 'expires_at');
    return isThat ? { ...session, providerSession } : undefined;
  } catch {
    return undefined;
  }
}
