import type { SqlDatabase, SqlRow, SqlTransaction, SqlValue } from './database.ts';
import { type ColumnSeal, sealedForm } from './column-seal.ts';

/**
 * What is sealed of a tenant: what people and tools wrote, as against ids, states, times, digests and names by which it
 * is found. Every other column stands in `plain-columns.ts` with the reason why it is plain.
 */
export const sealedColumns: Readonly<Record<string, readonly string[]>> = {
  documents: ['spec'],
  document_versions: ['spec', 'reason'],
  document_removals: ['reason'],
  approvals: ['context', 'reason'],
  catalogue: ['pinned', 'observed', 'rejected'],
  directory_users: ['body'],
  directory_groups: ['body'],
  outbox: ['body'],
  agreements: ['act', 'reason'],
};

/** Under which other names they are read. */
const alsoReadAs: Readonly<Record<string, readonly string[]>> = {
  catalogue: ['old_pinned', 'old_observed'],
  document_removals: ['removed_why'],
};

/**
 * Seals what is written to these columns and opens what is read of them, whoever asks. INVARIANT: a statement that
 * writes one by anything but a parameter of its own is refused, not passed on in plain. A row that nobody can open any
 * more, since the key of its tenant was destroyed, is as if it were not there.
 */
export function sealColumns(database: SqlDatabase, seal: ColumnSeal): SqlDatabase {
  const plans = new Map<string, Plan>();
  const planOf = (sql: string): Plan => {
    const known = plans.get(sql) ?? { writes: sealedParameters(sql), reads: openedNames(sql) };
    plans.set(sql, known);
    return known;
  };
  const through = (tenant: string, tx: SqlTransaction): SqlTransaction => {
    const sealedOf = (sql: string, parameters: readonly SqlValue[]): readonly SqlValue[] => {
      const { writes } = planOf(sql);
      if (writes.size === 0) return parameters;
      return parameters.map((value, at) =>
        typeof value === 'string' && writes.has(at + 1) ? seal.seal(tenant, value) : value,
      );
    };
    return {
      async all(sql, parameters) {
        const rows = await tx.all(sql, sealedOf(sql, parameters));
        const { reads } = planOf(sql);
        return reads.size === 0 ? rows : rows.flatMap((row) => openRow(seal, tenant, row, reads));
      },
      run: (sql, parameters) => tx.run(sql, sealedOf(sql, parameters)),
      lock: (name) => tx.lock(name),
    };
  };
  return {
    tenant: (tenant, work) => database.tenant(tenant, (tx) => work(through(tenant, tx))),
    system: (work) => database.system(work),
    tenants: () => database.tenants(),
    scrub: (tenant) => database.scrub(tenant),
    notify: (feed) => database.notify(feed),
    onNotify: (listener) => database.onNotify(listener),
    close: () => database.close(),
  };
}

interface Plan {
  /** Numbers of the parameters that are sealed. */
  readonly writes: ReadonlySet<number>;
  /** Names under which sealed columns come back: a plain one of another table may be called the same. */
  readonly reads: ReadonlySet<string>;
}

function openRow(
  seal: ColumnSeal,
  tenant: string,
  row: SqlRow,
  reads: ReadonlySet<string>,
): SqlRow[] {
  let opened: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'string' || !reads.has(name) || !value.startsWith(sealedForm)) continue;
    const plain = seal.open(tenant, value);
    if (plain === undefined) return [];
    opened ??= { ...row };
    opened[name] = plain;
  }
  return [opened ?? row];
}

function columnsOf(table: string): readonly string[] {
  return Object.hasOwn(sealedColumns, table) ? (sealedColumns[table] ?? []) : [];
}

/** What of the answer of a statement may be sealed: by the tables that it names. */
export function openedNames(sql: string): ReadonlySet<string> {
  const tables = [...sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)/giu)].map(
    ([, table = '']) => table,
  );
  return new Set(
    tables.flatMap((table) => {
      const columns = columnsOf(table);
      return columns.length === 0 ? [] : [...columns, ...(alsoReadAs[table] ?? [])];
    }),
  );
}

/** Numbers of the parameters that a statement writes to sealed columns. */
export function sealedParameters(sql: string): ReadonlySet<number> {
  const [, inserted, updated] = /^\s*(?:INSERT\s+INTO\s+(\w+)|UPDATE\s+(\w+))/iu.exec(sql) ?? [];
  const table = inserted ?? updated;
  if (table === undefined) {
    refuseHidden(sql);
    return new Set();
  }
  const columns = columnsOf(table);
  if (columns.length === 0) return new Set();
  const written = [...(inserted === undefined ? [] : insertedBy(sql)), ...assignedBy(sql)];
  return new Set(
    written
      .filter(({ column }) => columns.includes(column))
      .flatMap(({ column, value }) => parameterIn(table, column, value)),
  );
}

/** What writes otherwise than by its first word (`WITH …`, `INSERT OR …`) is not read here, and so not let through. */
function refuseHidden(sql: string): void {
  for (const [, table = ''] of sql.matchAll(/\b(?:INTO|UPDATE)\s+(\w+)/giu))
    if (columnsOf(table).length > 0)
      throw new TypeError(`\`${table}\` has sealed columns, and is written by \`${sql}\``);
}

interface Written {
  readonly column: string;
  readonly value: string;
}

/** Of every row that it has. What is not a plain list of values is none of a sealed column. */
function insertedBy(sql: string): Written[] {
  const [, named = '', rest = ''] =
    /INSERT\s+INTO\s+\w+\s*\(([^)]*)\)\s*VALUES\s*([\s\S]*)/iu.exec(sql) ?? [];
  const names = named === '' ? Object.values(sealedColumns).flat() : listed(named);
  const [rows = ''] = /^(?:\([^()]*\)[\s,]*)+/u.exec(rest) ?? [];
  const isRead = /^(?:ON\b|RETURNING\b|$)/iu.test(rest.slice(rows.length).trim());
  const given = isRead
    ? [...rows.matchAll(/\(([^()]*)\)/gu)].map(([, row = '']) => listed(row))
    : [];
  return (given.length === 0 ? [[]] : given).flatMap((values) =>
    names.map((column, at) => ({
      column,
      value: values.length === names.length ? (values[at] ?? '') : '',
    })),
  );
}

const listed = (text: string): string[] => text.split(',').map((one) => one.trim());

/** In `SET a = $1, b = …`, up to what is asked of the row. */
function assignedBy(sql: string): Written[] {
  const [, set = ''] = /\bSET\s+([\s\S]*?)(?:\bWHERE\b|\bRETURNING\b|$)/iu.exec(sql) ?? [];
  return [...set.matchAll(/(?:^|,)\s*(\w+)\s*=\s*([^,]+)/gu)].map(
    ([, column = '', value = '']) => ({
      column,
      value: value.trim(),
    }),
  );
}

function parameterIn(table: string, column: string, value: string): number[] {
  const [, number] = /^\$(\d+)$/u.exec(value) ?? [];
  if (number !== undefined) return [Number(number)];
  if (value === 'NULL' || value === `excluded.${column}`) return [];
  throw new TypeError(`\`${table}.${column}\` is sealed, and is written by \`${value}\``);
}
