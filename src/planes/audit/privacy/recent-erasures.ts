import type { LogEntry } from '#contracts/log-store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ReadableLog, readRecord } from '../reader.ts';

/** An erasure that a log says, whether or not it happened. */
export interface RecordedErasure {
  readonly tenant: string;
  /** Of one subject; undefined where it is of the whole tenant. */
  readonly handle: string | undefined;
  readonly record: string;
  readonly at: number;
}

/** A crash between record and tombstone is in the last breath of a log; so far back it is looked for. */
const mostLooked = 2_048;
const pageSize = 256;

/**
 * What the newest records of each log say is erased, but not what a later one says was not applied.
 * INVARIANT: what cannot be read is told and passed over: one log that is damaged, or whose folder was
 * lost in part, keeps no program from starting, and hides nothing of another.
 */
export function recentErasures(
  logs: readonly ReadableLog[],
  told: (text: string) => void,
  far = mostLooked,
): readonly RecordedErasure[] {
  return logs.flatMap((log) => {
    const [found, undone] = [[] as Found[], new Set<string>()];
    for (const one of privacyRecords(log, told, far)) {
      if (isUndone(one.details)) noteUndone(undone, one.details);
      else found.push(one);
    }
    const stands = ({ id, details }: Found) =>
      !undone.has(id) && !undone.has(textOf(details, 'agreement') ?? '');
    return found.filter(stands).flatMap((one) => erasureOf(log.tenant, one) ?? []);
  });
}

interface Found {
  readonly type: string;
  readonly id: string;
  readonly time: string;
  readonly details: JsonObject;
}

function* privacyRecords(
  log: ReadableLog,
  told: (text: string) => void,
  far: number,
): Generator<Found> {
  const faults: string[] = [];
  for (const { index, bytes } of newestOf(log, faults, far)) {
    // Most are something else, and need not be read to know it.
    if (!Buffer.from(bytes).includes('"privacy.')) continue;
    try {
      const { type, id, time, details = {} } = readRecord(log, index, bytes).record;
      yield { type, id, time, details };
    } catch (fault) {
      faults.push(wordsOf(fault));
    }
  }
  const [first] = faults;
  if (first === undefined) return;
  told(`log \`${log.origin}\` is not read whole, so erasures in it may be missed: ${first}`);
}

/** Page by page: behind one that is torn, the others are looked at all the same. */
function* newestOf({ reader }: ReadableLog, faults: string[], far: number): Generator<LogEntry> {
  const ends = tried(faults, () => ({ size: reader.head()?.size ?? 0, begins: reader.begins() }));
  if (ends === undefined) return;
  const { size, begins } = ends;
  for (let at = Math.max(begins, size - far); at < size; at += pageSize) {
    yield* tried(faults, () => reader.range(at, Math.min(at + pageSize, size))) ?? [];
  }
}

function tried<Answer>(faults: string[], look: () => Answer): Answer | undefined {
  try {
    return look();
  } catch (fault) {
    faults.push(wordsOf(fault));
    return undefined;
  }
}

function wordsOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : 'it cannot be read';
}

/** Only a plain no: where it is unknown what was applied, the record of the erasure stands. */
function isUndone(details: JsonObject): boolean {
  const act = textOf(details, 'act');
  const isErasure = act === 'privacy.erased' || act === 'privacy.tenant-erased';
  return isErasure && details['applied'] === 'no';
}

function noteUndone(undone: Set<string>, details: JsonObject): void {
  for (const name of ['erasure', 'agreement']) {
    const id = textOf(details, name);
    if (id !== undefined) undone.add(id);
  }
}

function erasureOf(
  tenant: string,
  { type, id: record, time, details }: Found,
): RecordedErasure | undefined {
  const at = Date.parse(time);
  if (type === 'privacy.tenant-erased') return { tenant, handle: undefined, record, at };
  const handle = textOf(details, 'handle');
  if (type !== 'privacy.erased' || handle === undefined) return undefined;
  return { tenant, handle, record, at };
}

function textOf(details: JsonObject, name: string): string | undefined {
  const value = details[name];
  return typeof value === 'string' ? value : undefined;
}
