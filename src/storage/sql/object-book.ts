import {
  everyObject,
  type CarriedLabels,
  type LabelledObject,
  type MarkedObject,
  mostObjects,
  type NamedObjects,
  type ObjectBook,
  type ObjectMark,
  openObjectMs,
} from '#contracts/object-book.ts';
import { joinLabels, type Labels, noLabels } from '#kernel/label.ts';
import {
  number,
  optionalNumber,
  places,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';

const mostOrigins = 16;
const toldHeld = 8;

/** A row an object. INVARIANT: a label of one leaves only with its row, by `clean`. */
export function createObjectBook(database: SqlDatabase): ObjectBook {
  return {
    carried: (tenant, asked, now) =>
      database.tenant(tenant, async (tx) => {
        let all = nothing;
        for (const one of asked) all = joined(all, await carriedBy(tx, tenant, { ...one, now }));
        return all;
      }),
    mark: (tenant, mark) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        await tx.run(`DELETE FROM object_labels WHERE tenant = $1 AND ${isLapsed('$2')}`, [
          tenant,
          mark.now - openObjectMs,
        ]);
        const origins = await originsOf(tx, tenant, mark);
        for (const one of mark.objects) await markOne(tx, tenant, { one, mark, origins });
      }),
    settle: (tenant, objects) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        for (const { kind, name } of objects) await settleOne(tx, tenant, kind, name);
      }),
    clean: (tenant, { seen, objects, now }) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        for (const one of seen) {
          const named = objects.find(({ kind, name }) => kind === one.kind && name === one.name);
          if (named === undefined || named.named === '' || one.name === everyObject) continue;
          await tx.run(
            `DELETE FROM object_labels WHERE tenant = $1 AND kind = $2 AND name = $3
              AND version = $4 AND named = $5 AND (open = 0 OR marked_at < $6)`,
            [tenant, one.kind, one.name, one.version, named.named, now - openObjectMs],
          );
        }
      }),
    list: (tenant) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all(
          'SELECT * FROM object_labels WHERE tenant = $1 ORDER BY marked_at DESC, id',
          [tenant],
        );
        return rows.map(labelled);
      }),
    ...holdsOf(database),
  };
}

/** What people say of what is read. */
function holdsOf(database: SqlDatabase): Pick<ObjectBook, 'hold' | 'release' | 'lift'> {
  return {
    hold: (tenant, ids, { by, reason, now }) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        let held = 0;
        for (const id of ids) {
          held += await tx.run(
            `UPDATE object_labels SET held_by = $3, held_reason = $4, held_at = $5, version = version + 1
              WHERE tenant = $1 AND id = $2 AND held_at IS NULL`,
            [tenant, id, by, reason, now],
          );
        }
        return held;
      }),
    release: (tenant, ids) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        let released = 0;
        for (const id of ids) {
          released += await tx.run(
            `UPDATE object_labels SET held_by = NULL, held_reason = NULL, held_at = NULL, version = version + 1
              WHERE tenant = $1 AND id = $2 AND held_at IS NOT NULL`,
            [tenant, id],
          );
        }
        return released;
      }),
    lift: (tenant, { kind, version }) =>
      database.tenant(tenant, async (tx) => {
        await inTurn(tx, tenant);
        return tx.run(
          'DELETE FROM object_labels WHERE tenant = $1 AND kind = $2 AND name = $3 AND version = $4',
          [tenant, kind, everyObject, version],
        );
      }),
  };
}

/**
 * What was being made, and nobody learned whether it was or how it is called. INVARIANT: all of a kind that is meant
 * without a call behind it does not lapse, and neither does what somebody holds.
 */
function isLapsed(before: string): string {
  return `(name LIKE '${everyObject}_%' AND open > 0 AND held_at IS NULL AND marked_at < ${before})`;
}

const nothing: CarriedLabels = { labels: noLabels, origins: [], held: [], seen: [] };

function joined(a: CarriedLabels, b: CarriedLabels): CarriedLabels {
  return {
    labels: joinLabels(a.labels, b.labels),
    origins: [...new Set([...a.origins, ...b.origins])].slice(0, mostOrigins),
    held: [...new Set([...a.held, ...b.held])].slice(0, toldHeld),
    seen: [...a.seen, ...b.seen],
  };
}

/** One after the other, so that a version is of one writing. */
function inTurn(tx: SqlTransaction, tenant: string): Promise<void> {
  return tx.lock(`objects ${tenant}`);
}

async function carriedBy(
  tx: SqlTransaction,
  tenant: string,
  { kind, names, now }: NamedObjects & { readonly now: number },
): Promise<CarriedLabels> {
  const wanted = names === 'all' ? [] : [...new Set(names)];
  const { sql, values } = names === 'all' ? { sql: '', values: [] } : alike(wanted, 4);
  const rows = await tx.all(
    `SELECT id, name, labels, origins, version, held_at FROM object_labels
      WHERE tenant = $1 AND kind = $2 AND NOT ${isLapsed('$3')}${sql}`,
    [tenant, kind, now - openObjectMs, ...values],
  );
  const asked = new Set(wanted);
  const all = rows.map((row) => ({
    labels: labelsIn(row),
    origins: originsIn(row),
    held: optionalNumber(row, 'held_at') === undefined ? [] : [text(row, 'id')],
    seen: asked.has(text(row, 'name'))
      ? [{ kind, name: text(row, 'name'), version: number(row, 'version') }]
      : [],
  }));
  return all.reduce(joined, nothing);
}

/** What ends as one of these does, what one of these ends as, and what is all of its kind: no name of a thing begins so. */
function alike(
  names: readonly string[],
  from: number,
): { readonly sql: string; readonly values: readonly string[] } {
  const every = `name LIKE '${everyObject}%'`;
  if (names.length === 0) return { sql: ` AND ${every}`, values: [] };
  const ends = filledUp([...new Set(names.flatMap(endsOf))]);
  const longer = filledUp(names.map((name) => `%/${name.replaceAll(/[!%_]/g, '!$&')}`));
  const likes = longer.map((_, at) => `name LIKE $${from + ends.length + at} ESCAPE '!'`);
  return {
    sql: ` AND (name IN (${places(from, ends.length)}) OR ${likes.join(' OR ')} OR ${every})`,
    values: [...ends, ...longer],
  };
}

/** The longer ones of more segments than a name has are of nobody. */
const mostEnds = 32;

function endsOf(name: string): readonly string[] {
  const parts = name.split('/').slice(-mostEnds);
  return [name, ...parts.map((_, at) => parts.slice(at).join('/'))];
}

/** To the next power of two: a prepared statement is kept for each number of them. */
function filledUp(values: readonly string[]): readonly string[] {
  const missing = 2 ** Math.ceil(Math.log2(values.length)) - values.length;
  return [...values, ...Array.from({ length: missing }, () => values[0] ?? '')];
}

/** As its task came to carry them, the first of each source. */
async function originsOf(
  tx: SqlTransaction,
  tenant: string,
  { task, source }: ObjectMark,
): Promise<readonly string[]> {
  const rows = await tx.all(
    'SELECT DISTINCT source FROM task_labels WHERE tenant = $1 AND task = $2',
    [tenant, task],
  );
  const sources = rows.map((row) => text(row, 'source')).sort();
  return (sources.length === 0 ? [source] : sources).slice(0, mostOrigins);
}

interface Marking {
  readonly one: MarkedObject;
  readonly mark: ObjectMark;
  readonly origins: readonly string[];
}

async function markOne(
  tx: SqlTransaction,
  tenant: string,
  { one, mark, origins }: Marking,
): Promise<void> {
  const before = await rowOf(tx, tenant, one.kind, one.name);
  if (before === undefined && one.name !== everyObject && (await isFull(tx, tenant))) {
    const every = { ...one, name: everyObject, named: everyObject, id: `${one.kind}/*` };
    // INVARIANT: it stays open for nobody: what is meant by all of a kind is never cleaned by itself.
    return markOne(tx, tenant, { one: every, mark: { ...mark, open: false }, origins });
  }
  if (before === undefined) return insert(tx, tenant, { one, mark, origins });
  const all = [...new Set([...originsIn(before), ...origins])].slice(0, mostOrigins);
  await tx.run(
    `UPDATE object_labels SET labels = $4, origins = $5, named = $6, version = version + 1,
        open = open + $7, marked_at = $8 WHERE tenant = $1 AND kind = $2 AND name = $3`,
    [
      tenant,
      one.kind,
      one.name,
      toColumn(joinLabels(labelsIn(before), mark.labels)),
      toColumn(all),
      text(before, 'named') === one.named ? one.named : '',
      mark.open ? 1 : 0,
      mark.now,
    ],
  );
}

async function insert(
  tx: SqlTransaction,
  tenant: string,
  { one, mark, origins }: Marking,
): Promise<void> {
  await tx.run(
    `INSERT INTO object_labels
      (tenant, kind, name, id, named, labels, origins, task, agent, marked_at, version, open)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)`,
    [
      tenant,
      one.kind,
      one.name,
      one.id,
      one.named,
      toColumn([...mark.labels].sort()),
      toColumn(origins),
      mark.task,
      mark.agent,
      mark.now,
      mark.open ? 1 : 0,
    ],
  );
}

async function isFull(tx: SqlTransaction, tenant: string): Promise<boolean> {
  const rows = await tx.all('SELECT COUNT(*) AS count FROM object_labels WHERE tenant = $1', [
    tenant,
  ]);
  return Number(rows[0]?.['count'] ?? 0) >= mostObjects;
}

async function rowOf(
  tx: SqlTransaction,
  tenant: string,
  kind: string,
  name: string,
): Promise<SqlRow | undefined> {
  const rows = await tx.all(
    'SELECT * FROM object_labels WHERE tenant = $1 AND kind = $2 AND name = $3',
    [tenant, kind, name],
  );
  return rows[0];
}

async function settleOne(
  tx: SqlTransaction,
  tenant: string,
  kind: string,
  name: string,
): Promise<void> {
  await tx.run(
    `UPDATE object_labels SET open = open - 1
      WHERE tenant = $1 AND kind = $2 AND name = $3 AND open > 0`,
    [tenant, kind, name],
  );
}

function labelled(row: SqlRow): LabelledObject {
  const heldAt = optionalNumber(row, 'held_at');
  return {
    id: text(row, 'id'),
    kind: text(row, 'kind'),
    name: text(row, 'named') === '' ? text(row, 'name') : text(row, 'named'),
    labels: labelsIn(row),
    origins: originsIn(row),
    task: text(row, 'task'),
    agent: text(row, 'agent'),
    markedAt: number(row, 'marked_at'),
    version: number(row, 'version'),
    open: number(row, 'open') > 0,
    held:
      heldAt === undefined
        ? undefined
        : { by: text(row, 'held_by'), reason: text(row, 'held_reason'), at: heldAt },
  };
}

function labelsIn(row: SqlRow): Labels {
  return fromColumn(text(row, 'labels')) as Labels;
}

function originsIn(row: SqlRow): readonly string[] {
  return fromColumn(text(row, 'origins')) as readonly string[];
}
