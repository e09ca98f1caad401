import type { Hop } from '#kernel/principal.ts';
import { optionalText, type SqlRow, type SqlTransaction, text } from './database.ts';
import { fromColumn } from './json.ts';

/** What begins, what ends and what raises labels in delegated work come one after the other. */
export function delegationsInTurn(tx: SqlTransaction, tenant: string): Promise<void> {
  return tx.lock(`delegations ${tenant}`);
}

/** Held by whoever raises a label of the task and by whoever ends it. */
export function lockTask(tx: SqlTransaction, task: string): Promise<void> {
  return tx.lock(`task/${task}`);
}

/** Whose labels are one another's: the open tasks of one agent that acts for the same user, or for nobody. */
interface Reach {
  /** Those of the agent that works in the task itself. */
  readonly alike: readonly string[];
  /** And those that its answers come back to: of whoever handed it on or narrowed it, with their own. */
  readonly all: readonly string[];
}

/** What a gateway that speaks to PostgreSQL itself may see of a delegation, and no more. */
const columns = ['id', 'agent', 'issuer', 'subject', 'hops', 'parent', 'task']
  .map((column) => `delegations.${column}`)
  .join(', ');

/**
 * Which open tasks know what one delegated task comes to carry. Downwards nothing goes from here: what is handed
 * on or narrowed later takes the labels of then along. To be asked in turn.
 */
async function reachOf(tx: SqlTransaction, tenant: string, task: string): Promise<Reach> {
  const sql = `SELECT ${columns} FROM delegations WHERE tenant = $1 AND task = $2`;
  const waiting = [...(await tx.all(sql, [tenant, task]))];
  const seen = new Set<string>();
  const tasks = new Set<string>();
  let alike: readonly string[] = [];
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    const line = lineOf(one);
    if (seen.has(line.join('\n'))) continue;
    seen.add(line.join('\n'));
    const side = await openAlike(tx, tenant, line);
    if (tasks.size === 0) alike = side.map((row) => text(row, 'task'));
    const here = new Set(side.map((row) => text(row, 'id')));
    for (const row of [one, ...side]) {
      tasks.add(text(row, 'task'));
      const parent = optionalText(row, 'parent');
      const own = parent === undefined ? await ownTasks(tx, tenant, row) : [];
      for (const origin of own) tasks.add(origin);
      const isElsewhere = parent !== undefined && !here.has(parent);
      if (isElsewhere) waiting.push(...(await byId(tx, tenant, parent)));
    }
  }
  return { alike, all: [...tasks] };
}

/** As the index `delegations_alike` has them. */
function lineOf(row: SqlRow): readonly [agent: string, issuer: string, subject: string] {
  return [
    text(row, 'agent'),
    optionalText(row, 'issuer') ?? '',
    optionalText(row, 'subject') ?? '',
  ];
}

/** By their tasks and not by themselves: what is told in an open task counts until it is over. */
function openAlike(
  tx: SqlTransaction,
  tenant: string,
  line: readonly string[],
): Promise<readonly SqlRow[]> {
  return tx.all(
    `SELECT ${columns} FROM delegations
      JOIN tasks ON tasks.tenant = delegations.tenant AND tasks.id = delegations.task
      WHERE delegations.tenant = $1 AND delegations.agent = $2
        AND COALESCE(delegations.issuer, '') = $3 AND COALESCE(delegations.subject, '') = $4
        AND tasks.ended_at IS NULL`,
    [tenant, ...line],
  );
}

function byId(tx: SqlTransaction, tenant: string, id: string): Promise<readonly SqlRow[]> {
  const sql = `SELECT ${columns} FROM delegations WHERE tenant = $1 AND id = $2`;
  return tx.all(sql, [tenant, id]);
}

/** An agent that acts for nobody handed it on out of the task that its roster place names. */
async function ownTasks(
  tx: SqlTransaction,
  tenant: string,
  row: SqlRow,
): Promise<readonly string[]> {
  const from = (fromColumn(text(row, 'hops')) as readonly Hop[]).at(-1);
  if (from === undefined) return [];
  const rows = await tx.all(
    'SELECT task FROM sessions WHERE tenant = $1 AND instance = $2 AND ended_at IS NULL',
    [tenant, from.instance],
  );
  return rows.map((one) => text(one, 'task'));
}

/**
 * Every task that is to know what is raised in this one, each locked, this one among them. INVARIANT: in turn
 * first and then task by task in one order, so that two raises never wait for one another.
 */
export async function lockReach(
  tx: SqlTransaction,
  tenant: string,
  task: string,
): Promise<readonly string[]> {
  const kind = await tx.all('SELECT kind FROM tasks WHERE tenant = $1 AND id = $2', [tenant, task]);
  if (kind[0] === undefined || text(kind[0], 'kind') !== 'delegated') {
    await lockTask(tx, task);
    return [task];
  }
  await delegationsInTurn(tx, tenant);
  const { all } = await reachOf(tx, tenant, task);
  return lockAll(tx, [task, ...all]);
}

async function lockAll(tx: SqlTransaction, tasks: readonly string[]): Promise<readonly string[]> {
  const sorted = [...new Set(tasks)].sort();
  for (const task of sorted) await lockTask(tx, task);
  return sorted;
}

/**
 * A delegated task joins those alike: it knows what they carry, and they and whoever it answers to know what it
 * brings. Asked in turn, in the transaction in which its delegation begins.
 */
export async function joinAlike(tx: SqlTransaction, tenant: string, task: string): Promise<void> {
  const { alike, all } = await reachOf(tx, tenant, task);
  const targets = await lockAll(tx, all);
  // Whichever of them it came from: a begin costs by how many labels there are, not by how often each was raised.
  const known = new Map<string, SqlRow>();
  for (const some of chunks([...new Set([task, ...alike])])) {
    const rows = await tx.all(
      `SELECT label, MIN(session) AS session, MIN(source) AS source FROM task_labels
        WHERE tenant = $1 AND task IN (${places(some, 2)}) GROUP BY label`,
      [tenant, ...some],
    );
    for (const row of rows) known.set(text(row, 'label'), row);
  }
  for (const [label, row] of known) {
    const from = { label, session: text(row, 'session'), source: text(row, 'source') };
    await raiseWhereLacking(tx, { tenant, ...from }, targets);
  }
}

/** To be asked under the locks of these tasks. */
export async function raiseWhereLacking(
  tx: SqlTransaction,
  { tenant, label, session, source }: Omit<LabelRow, 'task'>,
  tasks: readonly string[],
): Promise<void> {
  for (const some of chunks(tasks)) {
    await tx.run(
      `INSERT INTO task_labels (tenant, task, label, session, source)
        SELECT tenant, id, $2, $3, $4 FROM tasks
          WHERE tenant = $1 AND ended_at IS NULL AND id IN (${places(some, 5)})
            AND NOT EXISTS (SELECT 1 FROM task_labels AS held
              WHERE held.tenant = tasks.tenant AND held.task = tasks.id AND held.label = $2)
        ON CONFLICT DO NOTHING`,
      [tenant, label, session, source, ...some],
    );
  }
}

/** How many parameters of one statement are names of tasks. */
const namesAtOnce = 200;

function chunks(names: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(names.length / namesAtOnce);
  return Array.from({ length: count }, (_, at) =>
    names.slice(at * namesAtOnce, (at + 1) * namesAtOnce),
  );
}

function places(names: readonly string[], from: number): string {
  return names.map((_, at) => `$${from + at}`).join(', ');
}

export interface LabelRow {
  readonly tenant: string;
  readonly task: string;
  readonly label: string;
  readonly session: string;
  readonly source: string;
}

/** To be asked under the lock of the task. */
export async function raiseIfOpen(
  tx: SqlTransaction,
  { tenant, task, label, session, source }: LabelRow,
): Promise<void> {
  await tx.run(
    `INSERT INTO task_labels (tenant, task, label, session, source)
      SELECT tenant, id, $3, $4, $5 FROM tasks
        WHERE tenant = $1 AND id = $2 AND ended_at IS NULL ON CONFLICT DO NOTHING`,
    [tenant, task, label, session, source],
  );
}
