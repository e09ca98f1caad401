import type { RaisedLabel } from '#contracts/label-book.ts';
import type {
  BegunBy,
  EndedTask,
  NewTask,
  Session,
  Task,
  TaskBook,
  TaskEnding,
  TaskFilter,
  TaskKind,
} from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Label } from '#kernel/label.ts';
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
import { readLabels } from './label-book.ts';
import { lockTask } from './label-reach.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';
import { endOpenLeases, voidOpenApprovals } from './task-end.ts';
import { lettersSql, lettersValue, olderSql, olderValues, orderSql } from './older.ts';
import { goOnWith, say, wordsOf } from './task-words.ts';

export function createTaskBook(database: SqlDatabase): TaskBook {
  const select = <T>(
    tenant: string,
    sql: string,
    values: readonly string[],
    as: (r: SqlRow) => T,
  ) => database.tenant(tenant, async (tx) => (await tx.all(sql, [tenant, ...values])).map(as));
  return {
    begin: (what) => database.tenant(what.tenant, (tx) => begin(tx, what)),
    async end(ending, owed = () => []) {
      const { ended, drafts } = await database.tenant(ending.tenant, async (tx) => {
        const result = await end(tx, ending);
        const due = ownDrafts(ending.tenant, owed(result));
        await putDrafts(tx, 'outbox', due);
        return { ended: result, drafts: due };
      });
      await notifyPut(database, drafts);
      return ended;
    },
    get: async (tenant, id) =>
      (await select(tenant, 'SELECT * FROM tasks WHERE tenant = $1 AND id = $2', [id], toTask))[0],
    words: (tenant, id) => database.tenant(tenant, (tx) => wordsOf(tx, tenant, id)),
    say: (said) => database.tenant(said.tenant, (tx) => say(tx, said)),
    list: (filter) => list(database, filter),
    open: (tenant) =>
      database.tenant(tenant, async (tx) => {
        const of = (table: string) =>
          tx.all(`SELECT * FROM ${table} WHERE tenant = $1 AND ended_at IS NULL ORDER BY id`, [
            tenant,
          ]);
        return {
          tasks: (await of('tasks')).map(toTask),
          sessions: (await of('sessions')).map(toSession),
        };
      }),
    sessions: (tenant, task) =>
      select(
        tenant,
        'SELECT * FROM sessions WHERE tenant = $1 AND task = $2 ORDER BY begun_at, id',
        [task],
        toSession,
      ),
    labels: (tenant, task) =>
      select(
        tenant,
        `SELECT label, session, source FROM task_labels WHERE tenant = $1 AND task = $2
          ORDER BY label, session`,
        [task],
        toRaised,
      ),
    legacyLabels: (tenant) =>
      select(
        tenant,
        'SELECT label, session, source FROM session_labels WHERE tenant = $1',
        [],
        toRaised,
      ),
  };
}

async function begin(
  tx: SqlTransaction,
  { tenant, tasks, sessions, now }: Parameters<TaskBook['begin']>[0],
): Promise<void> {
  for (const task of tasks) await insertTask(tx, tenant, task, now);
  for (const { id, task, agent, instance } of sessions) {
    const added = await tx.run(
      `INSERT INTO sessions (tenant, id, task, agent, instance, begun_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [tenant, id, task, agent, instance, now],
    );
    if (added === 0) throw conflict(`instance \`${instance}\` is in a session already`);
  }
}

async function insertTask(
  tx: SqlTransaction,
  tenant: string,
  { id, agent, owner, kind, instance, begun, labels, wordsOf: from }: NewTask,
  now: number,
): Promise<void> {
  const added = await tx.run(
    `INSERT INTO tasks (tenant, id, agent, owner, kind, instance, begun_at, begun)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [
      tenant,
      id,
      agent,
      owner,
      kind,
      instance ?? '',
      now,
      begun === undefined ? null : toColumn(begun),
    ],
  );
  if (added === 0) throw conflict(`agent \`${agent}\` has an open task already`);
  for (const { label, session, source } of labels) {
    await tx.run(
      `INSERT INTO task_labels (tenant, task, label, session, source)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [tenant, id, label, session, source],
    );
  }
  if (from !== undefined) await goOnWith(tx, { tenant, task: id, from, now });
}

function conflict(message: string): BailiwickError {
  return new BailiwickError('store/conflict', { message });
}

async function end(tx: SqlTransaction, ending: TaskEnding): Promise<EndedTask> {
  const { tenant, id, by, reason, now } = ending;
  await lockTask(tx, id);
  const rows = await tx.all('SELECT * FROM tasks WHERE tenant = $1 AND id = $2', [tenant, id]);
  if (rows[0] === undefined) {
    throw new BailiwickError('api/not-found', { message: `no task is called \`${id}\`` });
  }
  const open = toTask(rows[0]);
  if (open.endedAt !== undefined) return { task: open, voided: [], leases: [] };
  const carried = (await readLabels(tx, tenant, id))?.labels ?? [];
  if (carried.join() !== [...ending.labels].sort().join()) {
    throw conflict('the task carries other labels by now');
  }
  await tx.run(
    `UPDATE tasks SET ended_at = $3, ended_by = $4, reason = $5 WHERE tenant = $1 AND id = $2`,
    [tenant, id, now, by, reason],
  );
  await tx.run(
    'UPDATE sessions SET ended_at = $3 WHERE tenant = $1 AND task = $2 AND ended_at IS NULL',
    [tenant, id, now],
  );
  return {
    task: { ...open, endedAt: now, endedBy: by, reason },
    voided: await voidOpenApprovals(tx, open, now),
    leases: await endOpenLeases(tx, open, ending),
  };
}

async function list(database: SqlDatabase, asked: TaskFilter): Promise<Task[]> {
  const { tenant, agent, open, limit } = asked;
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT * FROM tasks WHERE tenant = $1 AND ($2 = '' OR agent = $2)
        AND ($3 = 0 OR ended_at IS NULL) AND ${olderSql('begun_at', 5, asked)}
        AND ${lettersSql(['agent', 'owner'], 7)} ${orderSql('begun_at', asked)} LIMIT $4`,
      [
        tenant,
        agent ?? '',
        open === true ? 1 : 0,
        limit,
        ...olderValues(asked),
        lettersValue(asked),
      ],
    ),
  );
  return rows.map(toTask);
}

function toTask(row: SqlRow): Task {
  const instance = text(row, 'instance');
  const begun = optionalText(row, 'begun');
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    agent: text(row, 'agent'),
    owner: text(row, 'owner'),
    kind: text(row, 'kind') as TaskKind,
    instance: instance === '' ? undefined : instance,
    ...(begun === undefined ? {} : { begun: fromColumn(begun) as BegunBy }),
    begunAt: number(row, 'begun_at'),
    endedAt: optionalNumber(row, 'ended_at'),
    endedBy: optionalText(row, 'ended_by'),
    reason: optionalText(row, 'reason'),
  };
}

function toSession(row: SqlRow): Session {
  return {
    tenant: text(row, 'tenant'),
    id: text(row, 'id'),
    task: text(row, 'task'),
    agent: text(row, 'agent'),
    instance: text(row, 'instance'),
    begunAt: number(row, 'begun_at'),
    endedAt: optionalNumber(row, 'ended_at'),
  };
}

function toRaised(row: SqlRow): RaisedLabel {
  return {
    label: text(row, 'label') as Label,
    session: text(row, 'session'),
    source: text(row, 'source'),
  };
}
