import type { ExportCursor } from '#contracts/export-book.ts';
import type { EventSink, ExportedRecord, ExportForm } from '#contracts/event-sink.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { leafHash } from '#tlog/index.ts';
import type { ExportedLog } from './door.ts';

/** One bundle: none is read twice while there is much to take. */
const atOnce = 256;

/** What is to be sent next of one log. */
export interface NextBatch {
  /** Where it begins: at the cursor, or at the front of the log where that was pruned beyond it. */
  readonly next: number;
  /** How many records before `next` were pruned before they were sent. */
  readonly lost: number;
  readonly records: readonly ExportedRecord[];
  /** Leaf hashes, by place in the log from `next` on; of what cannot be read too. */
  readonly leaves: readonly string[];
  /** Places among `leaves` of records that this version cannot read. */
  readonly unreadable: readonly number[];
}

export interface BatchParts {
  /** Throws for what this version cannot read. */
  readonly parse: (leaf: Uint8Array) => RecordEnvelope;
  readonly form: ExportForm;
  readonly write: (record: RecordEnvelope, leaf: string, key: string) => string;
}

/**
 * The records behind the cursor, as many as the sink takes at once. INVARIANT: none that no signed head speaks
 * for, and none behind a cursor that is not of this log: both throw.
 */
export function nextBatch(
  { parse, form, write }: BatchParts,
  log: ExportedLog,
  cursor: ExportCursor | undefined,
  most: EventSink['most'],
): NextBatch {
  const begins = log.reader.begins();
  const had = cursor?.next ?? 0;
  // What was pruned before it was sent is not there to be sent: its numbers are missing, and a record says why.
  const next = Math.max(had, begins);
  const size = log.reader.head()?.size ?? 0;
  if (next > size) {
    throw new Error(`it was exported to ${next}, and the log has ${size} records`);
  }
  const from = Math.max(begins, next - 1);
  const room = Math.max(1, Math.min(atOnce - (next % atOnce), most.records));
  const places = Array.from({ length: next + room - from }, (_, at) => from + at);
  const read = log.reader.provenEntries(places);
  const [before] = read;
  if (cursor !== undefined && cursor.next > 0) {
    const isGone = cursor.next <= begins;
    const [gone] = isGone ? log.reader.leaves(cursor.next - 1, cursor.next) : [];
    checkSame(cursor, gone ?? (before === undefined ? undefined : leafHash(before.bytes)));
  }
  const records: ExportedRecord[] = [];
  const leaves: string[] = [];
  const unreadable: number[] = [];
  let bytes = 0;
  for (const { index, bytes: leaf } of read) {
    if (index < next) continue;
    const one = { origin: log.origin, index, form };
    try {
      const record = parse(leaf);
      const key = exportKey(log.origin, index, record.id);
      const body = write(record, Buffer.from(leaf).toString('utf8'), key);
      bytes += Buffer.byteLength(body);
      if (records.length > 0 && bytes > most.bytes) break;
      records.push({ ...one, key, record, body });
    } catch {
      unreadable.push(leaves.length);
    }
    leaves.push(Buffer.from(leafHash(leaf)).toString('hex'));
  }
  return { next, lost: next - had, records, leaves, unreadable };
}

/**
 * INVARIANT: no other record has it, of another installation neither: origins are the same in each of them and in a
 * data folder that was made anew, and a receiver that has a key takes nothing more under it. So the id is in it.
 */
function exportKey(origin: string, index: number, id: string): string {
  return `${origin}#${index}#${id}`;
}

function checkSame({ next, last }: ExportCursor, leaf: Uint8Array | undefined): void {
  const found = leaf === undefined ? undefined : Buffer.from(leaf).toString('hex');
  if (found === last) return;
  throw new Error(`record ${next - 1} is not the one that was exported: this is another log`);
}
