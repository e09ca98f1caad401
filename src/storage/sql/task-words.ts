import {
  mostWords,
  type NewWords,
  type SpokenWords,
  type WordsKept,
  type WordWay,
} from '#contracts/spoken-words.ts';
import type { BegunBy } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { number, optionalNumber, optionalText, type SqlTransaction, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { lockTask } from './label-reach.ts';

/** So often can work be narrowed or handed on, one out of the other. */
const mostTasks = 32;

/** INVARIANT: read along the whole way each time, so that a no that is said later holds where the words have gone. */
export async function wordsOf(
  tx: SqlTransaction,
  tenant: string,
  id: string,
): Promise<readonly SpokenWords[]> {
  const found: SpokenWords[][] = [];
  const seen = new Set<string>();
  for (let task: string | undefined = id; task !== undefined && seen.size < mostTasks; ) {
    if (seen.has(task)) break;
    seen.add(task);
    const one: Said | undefined = await saidIn(tx, tenant, task);
    if (one === undefined) break;
    const place = task === id ? {} : { task };
    found.unshift(one.words.map((words) => ({ ...words, ...place })));
    task = one.from;
  }
  return found.flat().slice(0, mostWords + 1);
}

interface Said {
  readonly words: readonly SpokenWords[];
  /** The task with whose words it goes on. */
  readonly from: string | undefined;
}

/** Undefined: it is over, or there is none. */
async function saidIn(tx: SqlTransaction, tenant: string, task: string): Promise<Said | undefined> {
  const begun = await tx.all(
    'SELECT begun FROM tasks WHERE tenant = $1 AND id = $2 AND ended_at IS NULL',
    [tenant, task],
  );
  if (begun[0] === undefined) return undefined;
  const rows = await tx.all(
    'SELECT of_task, said FROM task_words WHERE tenant = $1 AND task = $2 ORDER BY number',
    [tenant, task],
  );
  const from = rows.map((row) => optionalText(row, 'of_task')).find((one) => one !== undefined);
  const later = rows.filter((row) => optionalText(row, 'of_task') === undefined);
  return {
    from,
    words: [
      ...atBegin(optionalText(begun[0], 'begun')),
      ...later.map((row) => saidOf(text(row, 'said'))),
    ],
  };
}

function atBegin(column: string | undefined): readonly SpokenWords[] {
  const { by, words } = column === undefined ? {} : (fromColumn(column) as Partial<BegunBy>);
  if (by === undefined || words === undefined) return [];
  return [{ way: 'begin', words, by, speaker: '', record: '' }];
}

function saidOf(column: string): SpokenWords {
  const value = fromColumn(column);
  const of = (name: string) => {
    const text = isJsonObject(value) ? value[name] : undefined;
    return typeof text === 'string' ? text : '';
  };
  return {
    way: of('way') as WordWay,
    words: of('words'),
    by: of('by'),
    speaker: of('speaker'),
    record: of('record'),
    ...(isJsonObject(value) && value['grants'] === false ? { grants: false } : {}),
  };
}

/** Under the lock of the task, so that numbers are in the order in which it was said. */
export async function say(tx: SqlTransaction, said: NewWords): Promise<WordsKept> {
  const { tenant, task, statement, now } = said;
  await lockTask(tx, task);
  await checkOpen(tx, tenant, task);
  if (statement !== undefined) {
    const before = await tx.all(
      'SELECT task FROM task_words WHERE tenant = $1 AND statement = $2',
      [tenant, statement],
    );
    if (before[0] !== undefined) return text(before[0], 'task') === task ? 'known' : 'used';
  }
  const { way, words, by, speaker, record, grants = true } = said;
  const next = await nextNumber(tx, tenant, task);
  // What is more than the most is seen by whoever reads one more, and not kept.
  if (next > mostWords + 1) return 'kept';
  const added = await tx.run(
    `INSERT INTO task_words (tenant, task, number, statement, said, said_at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      tenant,
      task,
      next,
      statement ?? null,
      toColumn({ way, words, by, speaker, record, grants }),
      now,
    ],
  );
  // Another task was faster: a statement counts once.
  return added === 0 ? 'used' : 'kept';
}

async function checkOpen(tx: SqlTransaction, tenant: string, task: string): Promise<void> {
  const rows = await tx.all('SELECT ended_at FROM tasks WHERE tenant = $1 AND id = $2', [
    tenant,
    task,
  ]);
  if (rows[0] === undefined) throw new BailiwickError('identity/no-task');
  if (optionalNumber(rows[0], 'ended_at') !== undefined) {
    throw new BailiwickError('identity/task-ended');
  }
}

async function nextNumber(tx: SqlTransaction, tenant: string, task: string): Promise<number> {
  const rows = await tx.all(
    'SELECT COALESCE(MAX(number), 0) AS last FROM task_words WHERE tenant = $1 AND task = $2',
    [tenant, task],
  );
  return rows[0] === undefined ? 1 : number(rows[0], 'last') + 1;
}

/** Of a task that begins: before anything is said in it. */
export async function goOnWith(
  tx: SqlTransaction,
  of: {
    readonly tenant: string;
    readonly task: string;
    readonly from: string;
    readonly now: number;
  },
): Promise<void> {
  await tx.run(
    `INSERT INTO task_words (tenant, task, number, of_task, said, said_at)
      VALUES ($1, $2, 0, $3, '{}', $4)`,
    [of.tenant, of.task, of.from, of.now],
  );
}
