import type { RecordEnvelope } from '#kernel/record.ts';
import { openTyped, type PayloadSealer } from '#planes/audit/index.ts';
import type { RecordQueries } from '#planes/query/index.ts';

/** Answers of the index with what people typed, for whoever may read the log. The index itself has none of it. */
export function withTypedWords(
  queries: RecordQueries,
  sealer: Pick<PayloadSealer, 'open'>,
): RecordQueries {
  const opened = async <Told extends { readonly record: RecordEnvelope }>(one: Told) => {
    const record = await openTyped(sealer, one.record);
    return record === one.record ? one : { ...one, record };
  };
  const all = <Told extends { readonly record: RecordEnvelope }>(many: readonly Told[]) =>
    Promise.all(many.map(opened));
  return {
    ...queries,
    async ask(question, signal) {
      const answer = await queries.ask(question, signal);
      const records = await all(answer.records);
      if (answer.annotations === undefined) return { ...answer, records };
      return { ...answer, records, annotations: await all(answer.annotations) };
    },
    async timeline(tenant, task, signal) {
      const told = await queries.timeline(tenant, task, signal);
      const [records, annotations] = [await all(told.records), await all(told.annotations)];
      return { ...told, records, annotations };
    },
    async annotations(tenant, record, signal) {
      const told = await queries.annotations(tenant, record, signal);
      return { ...told, annotations: await all(told.annotations) };
    },
  };
}
