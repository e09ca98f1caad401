import type { DeadLetter } from '#contracts/export-book.ts';
import type { ExportedRecord } from '#contracts/event-sink.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';

export const exporterName = 'system/export';

export interface Refused {
  readonly key: string;
  readonly index: number;
  readonly why: string;
  /** Undefined where this version could not even read it. */
  readonly record: ExportedRecord['record'] | undefined;
}

/** One letter for all that was pruned before it was sent, under its first and its last number. */
export function lostOf(
  origin: string,
  { next, lost }: { readonly next: number; readonly lost: number },
): Refused[] {
  if (lost === 0) return [];
  const first = next - lost;
  const why = `${lost} records (${first} to ${next - 1}) were pruned before they were sent`;
  return [{ key: `${origin}#${first}-${next - 1}`, index: first, record: undefined, why }];
}

export function letterOf({ key, record, why }: Refused, now: number): DeadLetter {
  return { key, type: record?.type ?? '', id: record?.id ?? '', why, at: isoTime(now) };
}

/**
 * What is put on record of letters of one log. INVARIANT: a record about exporting that is refused is buried
 * without a further record: else a receiver that refuses those would be told of it for ever.
 */
export function deadDraft(
  of: { readonly sink: string; readonly tenant: string; readonly origin: string },
  refused: readonly Refused[],
): RecordDraft | undefined {
  const told = refused.filter(({ record }) => record?.type.startsWith('export.') !== true);
  const [first] = told;
  if (first === undefined) return undefined;
  return {
    type: 'export.dead-lettered',
    tenant: of.tenant,
    actors: [{ kind: 'system', name: exporterName }],
    details: {
      sink: of.sink,
      origin: of.origin,
      indexes: told.map(({ index }) => index),
      why: first.why,
    },
  };
}
