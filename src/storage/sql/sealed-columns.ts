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

/** Under which names they are read. */
const readAs = new Set([
  ...Object.values(sealedColumns).flat(),
  'old_pinned',
  'old_observed',
  'removed_why',
]);

/**
 * Seals what is written to these columns and opens what is read of them, whoever asks. INVARIANT: a statement that
 * writes one by anything but a parameter of its own is refused, not passed on in plain. A row that nobody can open any
 * more, since the key of its tenant was destroyed, is as if it were not there.
 */
export function sealColumns(database: SqlDatabase, seal: ColumnSeal): SqlDatabase {
  const plans = new Map<string, readonly number[]>();
  const planOf = (sql: string): readonly number[] => {
    const known = plans.get(sql) ?? sealedParameters(sql);
    plans.set(sql, known);
    return known;
  };
  const through = (tenant: string, tx: SqlTransaction): SqlTransaction => {
    const sealedOf = (sql: string, parameters: readonly SqlValue[]): readonly SqlValue[] => {
      const plan = planOf(sql);
      if (plan.length === 0) return parameters;
      return parameters.map((value, at) =>
        typeof value === 'string' && plan.includes(at + 1) ? seal.seal(tenant, value) : value,
      );
    };
    return {
      all: async (sql, parameters) =>
        (await tx.all(sql, sealedOf(sql, parameters))).flatMap((row) => openRow(seal, tenant, row)),
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

function openRow(seal: ColumnSeal, tenant: string, row: SqlRow): SqlRow[] {
  let opened: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'string' || !readAs.has(name) || !value.startsWith(sealedForm)) continue;
    const plain = seal.open(tenant, value);
    if (plain === undefined) return [];
    opened ??= { ...row };
    opened[name] = plain;
  }
  return [opened ?? row];
}

/** Numbers of the parameters that a statement writes to sealed columns. */
export function sealedParameters(sql: string): readonly number[] {
  const [, inserted, updated] = /^\s*(?:INSERT\s+INTO\s+(\w+)|UPDATE\s+(\w+))/u.exec(sql) ?? [];
  const table = inserted ?? updated ?? '';
  const columns = Object.hasOwn(sealedColumns, table) ? (sealedColumns[table] ?? []) : [];
  if (columns.length === 0) return [];
  const written = [...(inserted === undefined ? [] : insertedBy(sql)), ...assignedBy(sql)];
  return [
    ...new Set(
      written
        .filter(({ column }) => columns.includes(column))
        .flatMap(({ column, value }) => parameterIn(table, column, value)),
    ),
  ];
}

interface Written {
  readonly column: string;
  readonly value: string;
}

function insertedBy(sql: string): Written[] {
  const [, names = '', values = ''] =
    /INSERT\s+INTO\s+\w+\s*\(([^)]*)\)\s*VALUES\s*\(([^)]*)\)/u.exec(sql) ?? [];
  const given = values.split(',').map((value) => value.trim());
  return names.split(',').map((name, at) => ({ column: name.trim(), value: given[at] ?? '' }));
}

/** In `SET a = $1, b = …`, up to what is asked of the row. */
function assignedBy(sql: string): Written[] {
  const [, set = ''] = /\bSET\s+([\s\S]*?)(?:\bWHERE\b|\bRETURNING\b|$)/u.exec(sql) ?? [];
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
