import type { OutboxDraft } from '#contracts/outbox.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type AuditReader, liftDraft, type Recorder } from '#planes/audit/index.ts';
import type { Reaction } from './reaction.ts';

export interface OwedRecorder {
  /** Writes what is not written yet under these names, in order, in one batch. */
  record(owed: readonly OwedRecord[]): Promise<void>;
}

export interface OwedRecord {
  /** The same name again is the same record. */
  readonly name: string;
  /** When it came to be owed. */
  readonly at: number;
  readonly draft: RecordDraft;
  /** A sealed body beside the record. */
  readonly payload?: Uint8Array;
  /** Of an act that takes privilege away: it may use the room that is kept for a full disk. */
  readonly reserved?: boolean;
}

export interface OwedRecorderParts {
  readonly recorder: Pick<Recorder, 'record' | 'recordAll'>;
  /** Names of the owed records that stand in the log since then, of this tenant and type. */
  readonly written: (
    tenant: string,
    type: RecordDraft['type'],
    since: number,
  ) => Promise<ReadonlySet<string>>;
  /** When this process began: what is owed from before may be on record already. */
  readonly startedAt: number;
}

/**
 * Records that an effect owes. A crash may come between the record and the word that it was written;
 * so each carries its name, and what an earlier life owed is looked for before it is written again.
 */
export function createOwedRecorder(parts: OwedRecorderParts): OwedRecorder {
  const done = new Set<string>();
  return {
    async record(owed) {
      const written = await writtenBefore(parts, owed);
      const missing = owed.filter(({ name }) => !done.has(name) && !written.has(name));
      const plain = missing.filter(({ payload }) => payload === undefined);
      for (const reserved of [true, false]) {
        const some = plain.filter((one) => (one.reserved === true) === reserved);
        await parts.recorder.recordAll(some.map(named), { reserved });
        for (const { name } of some) remember(done, name);
      }
      for (const one of missing) {
        if (one.payload === undefined) continue;
        await parts.recorder.record(named(one), one.payload);
        remember(done, one.name);
      }
    },
  };
}

/** One question for each tenant and type, and only about what an earlier life may have written. */
async function writtenBefore(
  { startedAt, written }: OwedRecorderParts,
  owed: readonly OwedRecord[],
): Promise<ReadonlySet<string>> {
  const old = owed.filter(({ at }) => at <= startedAt);
  const names = new Set<string>();
  const groups = Map.groupBy(old, ({ draft }) => `${draft.tenant}\n${draft.type}`);
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    const since = Math.min(first.at, ...others.map(({ at }) => at));
    const found = await written(first.draft.tenant, first.draft.type, since);
    for (const name of found) names.add(name);
  }
  return names;
}

export interface WrittenParts {
  readonly reader: Pick<AuditReader, 'tail'>;
  /** What was appended stands in the log afterwards. */
  readonly flush: () => Promise<void>;
}

const mostLookedAt = 10_000;

/** Names that stand in the records of the log; looked for after a start, and then only. */
export function writtenRecords({ reader, flush }: WrittenParts): OwedRecorderParts['written'] {
  return async (tenant, type, since) => {
    await flush();
    const found = await reader.tail({ tenant, type, since, limit: mostLookedAt });
    const names = found.map(({ record }) => record.details?.['owed']);
    return new Set(names.filter((name) => typeof name === 'string'));
  };
}

const mostRemembered = 10_000;

function remember(done: Set<string>, name: string): void {
  done.add(name);
  const oldest = done.values().next();
  if (done.size > mostRemembered && oldest.done !== true) done.delete(oldest.value);
}

function named({ name, draft }: OwedRecord): RecordDraft {
  return { ...draft, details: { ...draft.details, owed: name } };
}

export function recordOwed(records: OwedRecorder): Reaction {
  return {
    kind: 'record',
    react: (drafts) => records.record(drafts.map(toOwed)),
  };
}

/**
 * INVARIANT: only `oweRecord` makes such a body, of this version or of an earlier one; the recorder
 * checks it as it checks every record.
 */
function toOwed({ id, at, body }: OutboxDraft): OwedRecord {
  return { name: id, at, draft: liftDraft(body), reserved: true };
}
