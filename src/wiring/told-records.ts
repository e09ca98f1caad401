import type { ToldPage, ToldQuestion, ToldRecord, ToldRecords } from '#contracts/told-records.ts';
import { noLabels } from '#kernel/label.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { AuditReader } from '#planes/audit/index.ts';
import { type FoundPlace, isPlainName, type RecordQueries } from '#planes/query/index.ts';

export interface ToldRecordsParts {
  /** Whether another agent went on with the work of this task. */
  readonly isHandedOn: (tenant: string, task: string) => Promise<boolean>;
  readonly queries: Pick<RecordQueries, 'ask'>;
  readonly reader: Pick<AuditReader, 'payload'>;
}

const kinds: Readonly<Record<string, ToldRecord['kind']>> = {
  'task.begun': 'begun',
  'policy.intent': 'asked',
  'policy.outcome': 'told',
  'policy.outcome-part': 'part',
};
const recordsAtOnce = 128;
const untrusted = 'integrity:untrusted';
/** One page ends behind the record that goes over it. */
const charsOfPage = 1_048_576;

/**
 * What a task was told, for a gateway that has to know it again: by the index, from the signed logs, opened with the keys of
 * whose words they are. INVARIANT: what cannot be read is named without its text and never left out; a log that was not
 * looked through to its signed end is no whole one.
 */
export function toldRecords(parts: ToldRecordsParts): ToldRecords {
  return {
    async of(question) {
      // INVARIANT: a name that would say more to the question than a name is of no task.
      if (!isPlainName(question.task)) return nothingWhole;
      const { place, skipped } = readAfter(question.after);
      const answer = await parts.queries.ask({
        tenant: question.tenant,
        query: queryOf(question),
        view: undefined,
        newestFirst: false,
        most: recordsAtOnce,
        cursor: place,
        counted: false,
      });
      const rest = answer.records.slice(skipped);
      const { records, taken } = await opened(parts, rest);
      const isCut = taken < rest.length;
      const isReached = answer.reach.every(({ complete, size }) => complete === size);
      return {
        records,
        next: isCut ? `${skipped + taken};${place ?? ''}` : answer.next && `0;${answer.next}`,
        isWhole:
          isReached &&
          answer.unreadable === 0 &&
          !(await parts.isHandedOn(question.tenant, question.task)),
      } satisfies ToldPage;
    },
  };
}

const nothingWhole: ToldPage = { records: [], next: undefined, isWhole: false };

function queryOf({ task, since }: ToldQuestion): string {
  const from = since > 0 ? ` since:${new Date(since).toISOString()}` : '';
  return `task:"${task}" action:${Object.keys(kinds).join(',')}${from}`;
}

function readAfter(after: string | undefined) {
  const [, skipped = '0', place = ''] = /^(\d{1,4});(.*)$/.exec(after ?? '') ?? [];
  return { skipped: Number(skipped), place: place === '' ? undefined : place };
}

async function opened(parts: ToldRecordsParts, found: readonly FoundPlace[]) {
  const records: ToldRecord[] = [];
  let chars = 0;
  for (const one of found) {
    if (chars >= charsOfPage) break;
    const told = await toldOf(parts, one);
    chars += told.text?.length ?? 0;
    records.push(told);
  }
  return { records, taken: records.length };
}

async function toldOf({ reader }: ToldRecordsParts, found: FoundPlace): Promise<ToldRecord> {
  const { record } = found;
  const { id, writer, call = '', target, refusal, effect } = record;
  const kind = kinds[record.type] ?? 'part';
  return {
    id,
    writer,
    at: Date.parse(record.time),
    kind,
    call,
    target: target?.target,
    effect: target?.effectClass,
    untrusted: isUntrusted(record),
    carried: record.labels?.out ?? noLabels,
    refused: refusal !== undefined,
    didNothing: effect === 'none',
    text: await textOf(reader, found, kind),
  };
}

async function textOf(
  reader: ToldRecordsParts['reader'],
  found: FoundPlace,
  kind: ToldRecord['kind'],
): Promise<string | undefined> {
  if (kind === 'begun' || kind === 'part') return undefined;
  // The first page of what was told is not all of it.
  if (found.record.details?.['heldBack'] !== undefined) return undefined;
  // It asked with nothing.
  if (kind === 'asked' && found.record.arguments === undefined) return '{}';
  try {
    return (await reader.payload(found))?.toString('utf8');
  } catch {
    // Erased, pruned, of a store that lost the key: nobody knows what it said.
    return undefined;
  }
}

/** Of a beginning: what it says that it took over. */
function isUntrusted({ type, labels, details }: RecordEnvelope): boolean {
  if (type !== 'task.begun') return labels?.out.includes(untrusted) === true;
  const taken = details?.['labels'];
  return !Array.isArray(taken) || taken.length > 0;
}
