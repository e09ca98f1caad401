import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { type Field, isField } from './fields.ts';
import { type RecordJudge, termsOf } from './record-terms.ts';

/** What records can be counted by: what can be asked for, and the day of UTC on which they were made. */
export type GroupField = Field | 'day';

export function isGroupField(word: string): word is GroupField {
  return word === 'day' || isField(word);
}

export interface RecordGroup {
  /** One for each field, in its order; null where the record has none. */
  readonly values: readonly (string | null)[];
  readonly count: number;
}

/** A query finds one record by several of these; it is counted by the one that says most. */
const strongestFirst: Readonly<Partial<Record<GroupField, readonly string[]>>> = {
  decision: ['deny', 'approve', 'allow'],
  outcome: ['refused', 'held', 'done', 'unknown', 'none', 'let-through'],
};

/**
 * How many records have which values. INVARIANT: counted are the records themselves, by the terms that a query finds them
 * by. One that has several values of a field (two agents in its chain) counts for each of them.
 */
export function countGroups(
  records: readonly RecordEnvelope[],
  by: readonly GroupField[],
  judge: RecordJudge,
): readonly RecordGroup[] {
  const groups = new Map<string, { readonly values: readonly (string | null)[]; count: number }>();
  for (const record of records) {
    const terms = [...termsOf(record, judge)];
    for (const values of combined(by.map((field) => valuesOf(record, terms, field)))) {
      const key = JSON.stringify(values);
      const group = groups.get(key) ?? { values, count: 0 };
      group.count += 1;
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function valuesOf(
  record: RecordEnvelope,
  terms: readonly string[],
  field: GroupField,
): readonly (string | null)[] {
  if (field === 'day') return [record.time.slice(0, 10)];
  // `stop.*` is a way to ask for types, and no type.
  if (field === 'action') return [record.type];
  const found = terms
    .filter((term) => term.startsWith(`${field}:`))
    .map((term) => term.slice(field.length + 1));
  const one =
    field === 'tool'
      ? toolOf(record)
      : strongestFirst[field]?.find((value) => found.includes(value));
  if (one !== undefined) return [one];
  return found.length === 0 ? [null] : found;
}

/** What was meant, where that was found out: its caller may have named it otherwise. */
function toolOf({ target }: RecordEnvelope): string | undefined {
  const parsed = target === undefined ? undefined : parseTarget(target.target);
  return parsed?.kind === 'tool' ? targetLabel(parsed) : undefined;
}

function combined(
  fields: readonly (readonly (string | null)[])[],
): readonly (readonly (string | null)[])[] {
  return fields.reduce<readonly (readonly (string | null)[])[]>(
    (sofar, values) => sofar.flatMap((one) => values.map((value) => [...one, value])),
    [[]],
  );
}
