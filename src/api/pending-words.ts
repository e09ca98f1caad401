import { z } from 'zod';
import type { RecentAnnotation } from '#planes/audit/index.ts';
import type { FoundAnnotation } from '#planes/query/index.ts';

/** Later words that are on disk and not yet in the signed log: they have no place and no proof there yet. */
export const pendingWords = z.array(
  z.strictObject({
    id: z.string(),
    time: z.string(),
    by: z.string(),
    annotates: z.strictObject({ kind: z.enum(['record', 'task']), id: z.string() }),
    note: z.string(),
    withdraws: z.boolean(),
  }),
);

interface Told {
  readonly annotations: readonly FoundAnnotation[];
  readonly pending: RecentAnnotation[];
}

/**
 * What the index tells, and what was said since. INVARIANT: nothing that was withdrawn is told as standing
 * because the log was not signed again yet.
 */
export function withPending(
  annotations: readonly FoundAnnotation[],
  recent: readonly RecentAnnotation[],
  shown: { readonly records: readonly string[]; readonly tasks: readonly string[] },
): Told {
  const known = new Set(annotations.map(({ record }) => record.id));
  const about = new Set([
    ...shown.tasks.map((id) => `task ${id}`),
    ...[...shown.records, ...known].map((id) => `record ${id}`),
  ]);
  const pending: RecentAnnotation[] = [];
  // Oldest first: what is about one of them comes behind it.
  for (const one of recent) {
    if (known.has(one.id) || !about.has(`${one.annotates.kind} ${one.annotates.id}`)) continue;
    pending.push(one);
    about.add(`record ${one.id}`);
  }
  const takenBack = new Map(
    pending.flatMap(({ id, annotates, withdraws }) => (withdraws ? [[annotates.id, id]] : [])),
  );
  return { pending, annotations: annotations.map((one) => marked(one, takenBack)) };
}

function marked(one: FoundAnnotation, takenBack: ReadonlyMap<string, string>): FoundAnnotation {
  const withdrawnBy = one.withdrawnBy ?? takenBack.get(one.record.id);
  return withdrawnBy === undefined ? one : { ...one, withdrawnBy };
}
