import type {
  Delegation,
  DelegationBook,
  DelegationFilter,
  DelegationGround,
  DelegationsAlike,
  NewDelegation,
} from '#contracts/delegation-book.ts';
import type { RaisedLabel } from '#contracts/label-book.ts';
import type { Label } from '#kernel/label.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Hop } from '#kernel/principal.ts';
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
import { delegationsInTurn, joinAlike } from './label-reach.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';
import { olderSql, olderValues } from './older.ts';

export function createDelegationBook(database: SqlDatabase): DelegationBook {
  return {
    begin: (delegation) => database.tenant(delegation.tenant, (tx) => insert(tx, delegation)),
    async get(tenant, id) {
      const sql = 'SELECT * FROM delegations WHERE tenant = $1 AND id = $2';
      const rows = await database.tenant(tenant, (tx) => tx.all(sql, [tenant, id]));
      return rows[0] === undefined ? undefined : toDelegation(rows[0]);
    },
    async ofTask(tenant, task) {
      const sql = 'SELECT * FROM delegations WHERE tenant = $1 AND task = $2 LIMIT 1';
      const rows = await database.tenant(tenant, (tx) => tx.all(sql, [tenant, task]));
      return rows[0] === undefined ? undefined : toDelegation(rows[0]);
    },
    list: (filter) => database.tenant(filter.tenant, (tx) => list(tx, filter)),
    labelsBefore: (of) => database.tenant(of.tenant, (tx) => labelsBefore(tx, of)),
    async end(what, owed) {
      const { ended, drafts } = await database.tenant(what.tenant, async (tx) => {
        const all = await endAll(tx, what);
        const due = ownDrafts(what.tenant, all.flatMap(owed));
        await putDrafts(tx, 'outbox', due);
        return { ended: all, drafts: due };
      });
      await notifyPut(database, drafts);
      return ended;
    },
    async overdue(now, limit) {
      const found: Delegation[] = [];
      for (const tenant of await database.tenants()) {
        const rows = await database.tenant(tenant, (tx) =>
          tx.all(
            `SELECT * FROM delegations WHERE tenant = $1 AND ended_at IS NULL AND until_at <= $2
              ORDER BY until_at LIMIT $3`,
            [tenant, now, limit],
          ),
        );
        found.push(...rows.map(toDelegation));
      }
      return found.slice(0, limit);
    },
    isHandedOn: (tenant, task) =>
      database.tenant(tenant, async (tx) => {
        const sql = 'SELECT 1 AS one FROM delegations WHERE tenant = $1 AND root = $2 LIMIT 1';
        return (await tx.all(sql, [tenant, task])).length > 0;
      }),
    useOnce: ({ tenant, issuer, jti, until, now }) =>
      database.tenant(tenant, async (tx) => {
        await tx.run('DELETE FROM used_tokens WHERE tenant = $1 AND until_at < $2', [tenant, now]);
        const added = await tx.run(
          `INSERT INTO used_tokens (tenant, issuer, jti, until_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING`,
          [tenant, issuer, jti, until],
        );
        return added === 1;
      }),
  };
}

async function checkGrounds(
  tx: SqlTransaction,
  { tenant, parent, consent, effects }: NewDelegation,
): Promise<void> {
  const over = new BailiwickError('identity/delegation-ended');
  if (parent !== undefined) {
    const sql = 'SELECT id FROM delegations WHERE tenant = $1 AND id = $2 AND ended_at IS NULL';
    if ((await tx.all(sql, [tenant, parent])).length === 0) throw over;
  }
  const sql = 'SELECT effects, ended_at FROM consents WHERE tenant = $1 AND id = $2';
  const [given] = await tx.all(sql, [tenant, consent]);
  // A document's consent has no row: it ends by the document.
  if (given === undefined) return;
  const agreed = fromColumn(text(given, 'effects')) as readonly EffectClass[];
  const isLess = effects.some((effect) => !agreed.includes(effect));
  if (isLess || optionalNumber(given, 'ended_at') !== undefined) throw over;
}

async function insert(tx: SqlTransaction, of: NewDelegation): Promise<void> {
  await delegationsInTurn(tx, of.tenant);
  await checkGrounds(tx, of);
  await tx.run(
    `INSERT INTO delegations (tenant, id, issuer, subject, session, consent, client, agent,
      instance, hops, parent, task, effects, scoped, thumbprint, begun_at, until_at, root)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    [
      of.tenant,
      of.id,
      of.user?.issuer ?? null,
      of.user?.subject ?? null,
      of.user?.session ?? null,
      of.consent,
      of.client ?? null,
      of.agent,
      of.instance,
      toColumn(of.hops),
      of.parent ?? null,
      of.task,
      toColumn(of.effects),
      of.isScoped ? 1 : 0,
      of.thumbprint ?? null,
      of.begunAt,
      of.until,
      of.root ?? null,
    ],
  );
  await joinAlike(tx, of.tenant, of.task);
}

async function list(
  tx: SqlTransaction,
  { tenant, open, user, agent, limit, before }: DelegationFilter,
): Promise<Delegation[]> {
  const rows = await tx.all(
    `SELECT * FROM delegations WHERE tenant = $1 AND ($2 = 0 OR ended_at IS NULL)
      AND ($3 = '' OR agent = $3) AND ($4 = 0 OR (issuer = $5 AND subject = $6)) AND ${olderSql('begun_at', 8)}
      ORDER BY begun_at DESC, id DESC LIMIT $7`,
    [
      tenant,
      open === true ? 1 : 0,
      agent ?? '',
      user === undefined ? 0 : 1,
      user?.issuer ?? '',
      user?.subject ?? '',
      limit,
      ...olderValues(before === undefined ? {} : { before }),
    ],
  );
  return rows.map(toDelegation);
}

/** Whoever is not of the system is a person. `>=`: of two in one moment either may have come first. */
async function labelsBefore(
  tx: SqlTransaction,
  { tenant, agent, client, user, isNew }: DelegationsAlike,
): Promise<readonly RaisedLabel[]> {
  const rows = await tx.all(
    `WITH alike AS (SELECT task, COALESCE(client, '') AS who, begun_at, ended_at, ended_by, keeps_labels
        FROM delegations WHERE tenant = $1 AND agent = $2
          AND COALESCE(issuer, '') = $4 AND COALESCE(subject, '') = $5),
      newest AS (SELECT MAX(begun_at) AS at FROM alike WHERE who = $3),
      counted AS (SELECT task FROM alike, newest WHERE ended_at IS NULL
        OR ($6 = 0 AND who = $3 AND (keeps_labels = 1 OR ended_by IS NULL
            OR (ended_by LIKE 'system/%' AND NOT (ended_by = 'system/tasks' AND EXISTS (
              SELECT 1 FROM tasks WHERE tenant = $1 AND id = alike.task
                AND ended_by NOT LIKE 'system/%'))))
          AND (ended_at >= at OR begun_at = at)))
      SELECT label, session, source FROM task_labels
        WHERE tenant = $1 AND task IN (SELECT task FROM counted) ORDER BY label, session`,
    [tenant, agent, client ?? '', user?.issuer ?? '', user?.subject ?? '', isNew ? 1 : 0],
  );
  const all = rows.map((row) => ({
    label: text(row, 'label') as Label,
    session: text(row, 'session'),
    source: text(row, 'source'),
  }));
  return [...new Map(all.map((one) => [one.label, one])).values()];
}

type Ending = Parameters<DelegationBook['end']>[0];

/** The ground first, then what was handed on from what ended, until nothing more ends. */
async function endAll(tx: SqlTransaction, what: Ending): Promise<readonly Delegation[]> {
  await delegationsInTurn(tx, what.tenant);
  const { where, values } = conditionOf(what.ground);
  const ended = await endWhere(tx, what, where, values);
  for (let at = 0; at < ended.length; at += 1) {
    const parent = ended[at]?.id ?? '';
    ended.push(...(await endWhere(tx, what, 'parent = $5', [parent])));
  }
  return ended;
}

async function endWhere(
  tx: SqlTransaction,
  { tenant, by, reason, now, keepsLabels = false }: Ending,
  where: string,
  values: readonly string[],
): Promise<Delegation[]> {
  const rows = await tx.all(
    `UPDATE delegations SET ended_at = $2, ended_by = $3, reason = $4, keeps_labels = ${keepsLabels ? 1 : 0}
      WHERE tenant = $1 AND ended_at IS NULL AND ${where} RETURNING *`,
    [tenant, now, by, reason, ...values],
  );
  return rows.map(toDelegation);
}

function conditionOf(ground: DelegationGround): { where: string; values: readonly string[] } {
  switch (ground.kind) {
    case 'delegation':
      return { where: 'id = $5', values: [ground.id] };
    case 'session':
      return { where: 'session = $5', values: [ground.id] };
    case 'consent':
      return { where: 'consent = $5', values: [ground.id] };
    case 'task':
      return { where: 'task = $5', values: [ground.id] };
    case 'user':
      return { where: 'issuer = $5 AND subject = $6', values: [ground.issuer, ground.subject] };
  }
}

function toDelegation(row: SqlRow): Delegation {
  const [issuer, subject, session] = ['issuer', 'subject', 'session'].map((name) =>
    optionalText(row, name),
  );
  const isOfUser = issuer !== undefined && subject !== undefined && session !== undefined;
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    user: isOfUser ? { issuer, subject, session } : undefined,
    consent: text(row, 'consent'),
    client: optionalText(row, 'client'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    hops: fromColumn(text(row, 'hops')) as readonly Hop[],
    parent: optionalText(row, 'parent'),
    task: text(row, 'task'),
    ...rootOf(row),
    effects: fromColumn(text(row, 'effects')) as readonly EffectClass[],
    isScoped: number(row, 'scoped') === 1,
    thumbprint: optionalText(row, 'thumbprint'),
    begunAt: number(row, 'begun_at'),
    until: number(row, 'until_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    reason: optionalText(row, 'reason'),
  };
}

function rootOf(row: SqlRow): Pick<Delegation, 'root'> {
  const root = optionalText(row, 'root');
  return root === undefined ? {} : { root };
}
