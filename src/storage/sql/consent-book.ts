import type { Consent, ConsentBook, ConsentFilter } from '#contracts/consent-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { EffectClass } from '#kernel/tool.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';
import { olderSql, olderValues } from './older.ts';

type Owed = (consent: Consent) => readonly OutboxDraft[];

interface Changed {
  readonly consent: Consent;
  readonly isChanged: boolean;
}

export function createConsentBook(database: SqlDatabase): ConsentBook {
  const change = async (
    { tenant, id }: { readonly tenant: string; readonly id: string },
    work: (tx: SqlTransaction, before: Consent) => Promise<Changed>,
    owed: Owed,
  ): Promise<Consent> => {
    const { consent, drafts } = await database.tenant(tenant, async (tx) => {
      await tx.lock(`consent ${id}`);
      const changed = await work(tx, await found(tx, tenant, id));
      const due = changed.isChanged ? ownDrafts(tenant, owed(changed.consent)) : [];
      await putDrafts(tx, 'outbox', due);
      return { consent: changed.consent, drafts: due };
    });
    await notifyPut(database, drafts);
    return consent;
  };
  return {
    async give(given) {
      const { tenant, id, issuer, subject, person, client, clientName, document, agent } = given;
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO consents (tenant, id, issuer, subject, person, client, client_name, document,
            agent, effects, given_at, until_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
          [
            tenant,
            id,
            issuer,
            subject,
            person,
            client,
            clientName,
            document,
            agent,
            toColumn(given.effects),
            given.givenAt,
            given.until,
          ],
        ),
      );
    },
    async get(tenant, id) {
      const rows = await database.tenant(tenant, (tx) => rowsOf(tx, tenant, id));
      return rows[0] === undefined ? undefined : toConsent(rows[0]);
    },
    list: (filter) => list(database, filter),
    narrow: (what, owed) => change(what, (tx, before) => narrow(tx, before, what), owed),
    withdraw: (what, owed) => change(what, (tx, before) => withdraw(tx, before, what), owed),
  };
}

function rowsOf(tx: SqlTransaction, tenant: string, id: string): Promise<readonly SqlRow[]> {
  return tx.all('SELECT * FROM consents WHERE tenant = $1 AND id = $2', [tenant, id]);
}

async function found(tx: SqlTransaction, tenant: string, id: string): Promise<Consent> {
  const rows = await rowsOf(tx, tenant, id);
  if (rows[0] !== undefined) return toConsent(rows[0]);
  throw missing(id);
}

function missing(id: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `no consent \`${id}\` is open` });
}

async function narrow(
  tx: SqlTransaction,
  before: Consent,
  { effects, until, now }: Parameters<ConsentBook['narrow']>[0],
): Promise<Changed> {
  if (before.endedAt !== undefined || before.until <= now) throw missing(before.id);
  const left = before.effects.filter((effect) => effects.includes(effect));
  const end = Math.min(before.until, until);
  await tx.run('UPDATE consents SET effects = $3, until_at = $4 WHERE tenant = $1 AND id = $2', [
    before.tenant,
    before.id,
    toColumn(left),
    end,
  ]);
  const isChanged = left.length < before.effects.length || end < before.until;
  return { consent: { ...before, effects: left, until: end }, isChanged };
}

async function withdraw(
  tx: SqlTransaction,
  before: Consent,
  { by, reason, now }: Parameters<ConsentBook['withdraw']>[0],
): Promise<Changed> {
  if (before.endedAt !== undefined) return { consent: before, isChanged: false };
  await tx.run(
    'UPDATE consents SET ended_at = $3, ended_by = $4, reason = $5 WHERE tenant = $1 AND id = $2',
    [before.tenant, before.id, now, by, reason],
  );
  return { consent: { ...before, endedAt: now, endedBy: by, reason }, isChanged: true };
}

async function list(
  database: SqlDatabase,
  { tenant, openAt, user, client, agent, limit, before }: ConsentFilter,
): Promise<readonly Consent[]> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT * FROM consents WHERE tenant = $1
        AND ($2 < 0 OR (ended_at IS NULL AND until_at > $2))
        AND ($3 = '' OR (issuer = $3 AND subject = $4))
        AND ($5 = '' OR client = $5) AND ($6 = '' OR agent = $6) AND ${olderSql('given_at', 8)}
        ORDER BY given_at DESC, id DESC LIMIT $7`,
      [
        tenant,
        openAt ?? -1,
        user?.issuer ?? '',
        user?.subject ?? '',
        client ?? '',
        agent ?? '',
        limit,
        ...olderValues(before === undefined ? {} : { before }),
      ],
    ),
  );
  return rows.map(toConsent);
}

function toConsent(row: SqlRow): Consent {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    issuer: text(row, 'issuer'),
    subject: text(row, 'subject'),
    person: text(row, 'person'),
    client: text(row, 'client'),
    clientName: text(row, 'client_name'),
    document: text(row, 'document'),
    agent: text(row, 'agent'),
    effects: fromColumn(text(row, 'effects')) as readonly EffectClass[],
    givenAt: number(row, 'given_at'),
    until: number(row, 'until_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    reason: optionalText(row, 'reason'),
  };
}
