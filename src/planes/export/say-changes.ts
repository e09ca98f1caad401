import type { ExportBook } from '#contracts/export-book.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { exporterName } from './letters.ts';

/** A receiver as it is named now. */
export interface ConfiguredSink {
  readonly name: string;
  readonly kind: string;
  readonly tenant: string;
  readonly form: string;
  readonly place: string;
  readonly digest: string;
}

/**
 * Says which receivers are new, other or gone since it was said last. INVARIANT: on record before any record
 * goes to another place.
 */
export async function sayChanges(parts: {
  readonly sinks: readonly ConfiguredSink[];
  readonly book: Pick<ExportBook, 'configured' | 'keepConfigured'>;
  /** Whose record it is that one is gone of which nothing else is known. */
  readonly systemTenant: string;
  readonly record: (draft: RecordDraft) => Promise<unknown>;
}): Promise<void> {
  const { sinks, book, systemTenant, record } = parts;
  const before = await book.configured();
  const now = Object.fromEntries(sinks.map(({ name, digest }) => [name, digest]));
  const drafts = [
    ...sinks
      .filter(({ name, digest }) => before[name] !== digest)
      .map((sink) => changedDraft(sink, before[sink.name] === undefined ? 'added' : 'changed')),
    ...Object.keys(before)
      .filter((name) => now[name] === undefined)
      .map((sink) => draftOf(systemTenant, { sink, change: 'removed' })),
  ];
  if (drafts.length === 0) return;
  for (const draft of drafts) await record(draft);
  await book.keepConfigured(now);
}

function changedDraft(sink: ConfiguredSink, change: 'added' | 'changed'): RecordDraft {
  const { name, kind, form, place, digest, tenant } = sink;
  return draftOf(tenant, { sink: name, change, kind, form, place, digest });
}

function draftOf(tenant: string, details: Readonly<Record<string, string>>): RecordDraft {
  return {
    type: 'export.changed',
    tenant,
    actors: [{ kind: 'system', name: exporterName }],
    details: { ...details },
  };
}
