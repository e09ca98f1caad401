import { limits } from '#kernel/limits.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import type { OutcomeParts, RecordEnvelope, WindowPart } from '#kernel/record.ts';
import type { FoundRecord } from './door.ts';
import { isMark, type Mark, markOf } from './intent-marks.ts';
import { readRecord, type ReadableLog } from './reader.ts';

/** What the end of a writer's log leaves open. */
export interface OpenIntents {
  /** Intents without an outcome, oldest first. */
  readonly dangling: readonly OpenIntent[];
  /** Intents whose outcome says that the effect is unknown, since the last start or mark. */
  readonly unknown: readonly FoundRecord[];
  /** Writes that were done so shortly before the end that nobody may have got their answer. */
  readonly done: readonly DoneCall[];
  /** True when the log ends with a stop that left nothing open. */
  readonly clean: boolean;
  /** How many records were read. */
  readonly scanned: number;
  /** The most that was remembered at once: as much as was open, however long the log is. */
  readonly mostHeld: number;
}

/** An intent without an outcome, and what of its answer was released all the same. */
export interface OpenIntent extends FoundRecord {
  readonly parts: OutcomeParts | undefined;
}

/** An intent, and the id of the outcome that says it was done. */
export interface DoneCall {
  readonly intent: FoundRecord;
  readonly outcome: string;
}

const pageSize = 256;

/**
 * Goes back from the end of a writer's logs, by position (a wall clock says nothing about order), to
 * the newest start, stop or mark that says what was open. `logs` are of one writer, newest first: a
 * log that ends before such a place goes on in its predecessor.
 */
export async function findOpenIntents(logs: readonly ReadableLog[]): Promise<OpenIntents> {
  const walk = new Backwards();
  for (const log of logs) {
    if (await goBack(log, walk)) break;
  }
  return walk.found();
}

/** True when nothing older can be open. */
async function goBack(log: ReadableLog, walk: Backwards): Promise<boolean> {
  const size = log.reader.head()?.size ?? 0;
  const begins = log.reader.begins();
  for (let end = size; end > begins; end -= pageSize) {
    const page = log.reader.range(Math.max(begins, end - pageSize), end).toReversed();
    if (page.some(({ index, bytes }) => walk.take(readRecord(log, index, bytes)))) return true;
    // A long way back must not hold up whoever shares this loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

class Backwards {
  readonly #dangling: OpenIntent[] = [];
  readonly #unknown: FoundRecord[] = [];
  /** Outcomes whose intent has not been met yet. */
  readonly #closed = new Map<string, 'known' | 'unknown'>();
  /** Outcomes of writes just before the end, by intent. */
  readonly #lastDone = new Map<string, string>();
  readonly #done: DoneCall[] = [];
  /** Windows of what has no outcome, newest first, by intent. */
  readonly #windows = new Map<string, { readonly id: string; readonly part: WindowPart }[]>();
  #outcomes = 0;
  /** When the last record was written, by the clock of its process; undefined once that is far off. */
  #endedUs: number | undefined;
  #mark: { readonly wanted: Set<string>; reach: number } | undefined;
  #scanned = 0;
  #mostHeld = 0;
  #clean = false;

  /** True when nothing older can be open. */
  take(found: FoundRecord): boolean {
    this.#scanned += 1;
    const { record } = found;
    if (this.#scanned === 1 && record.type !== 'gateway.stopped')
      this.#endedUs = record.monotonicUs;
    if (record.type === 'gateway.started') return true;
    if (this.#mark === undefined && isMark(record)) {
      this.#begin(record, markOf(record));
      return this.#isDone();
    }
    if (record.type === 'policy.outcome') this.#outcome(record);
    if (record.type === 'policy.outcome-part') this.#window(record);
    if (record.type === 'policy.intent') this.#intent(found);
    this.#mostHeld = Math.max(this.#mostHeld, this.#held());
    if (this.#mark !== undefined) this.#mark.reach -= 1;
    return this.#isDone();
  }

  #isDone(): boolean {
    const isClosed =
      this.#mark !== undefined && this.#mark.reach <= 0 && this.#mark.wanted.size === 0;
    return isClosed && this.#endedUs === undefined && this.#lastDone.size === 0;
  }

  found(): OpenIntents {
    return {
      dangling: this.#dangling.toReversed(),
      unknown: this.#unknown.toReversed(),
      done: this.#done.toReversed(),
      clean: this.#clean,
      scanned: this.#scanned,
      mostHeld: this.#mostHeld,
    };
  }

  #begin(record: RecordEnvelope, { open, reach }: Mark): void {
    // What is closed by now, and known, need not be met again.
    const wanted = open.filter((id) => this.#closed.get(id) !== 'known');
    this.#mark = { wanted: new Set(wanted), reach };
    this.#clean = this.#scanned === 1 && record.type === 'gateway.stopped' && wanted.length === 0;
  }

  #outcome(record: RecordEnvelope): void {
    const { id, intent, effect, target } = record;
    if (intent === undefined) return;
    const mayBeLost = this.#mayBeLost(record);
    this.#outcomes += 1;
    if (mayBeLost && effect === 'done' && target !== undefined && target.effectClass !== 'read') {
      this.#lastDone.set(intent, id);
    }
    if (this.#passedOver(intent)) return;
    this.#closed.set(intent, effect === 'unknown' ? 'unknown' : 'known');
  }

  #intent(found: FoundRecord): void {
    const { id } = found.record;
    const outcome = this.#lastDone.get(id);
    this.#lastDone.delete(id);
    if (outcome !== undefined) this.#done.push({ intent: found, outcome });
    if (this.#passedOver(id)) return;
    const closed = this.#closed.get(id);
    this.#closed.delete(id);
    this.#mark?.wanted.delete(id);
    if (closed === undefined) this.#dangling.push({ ...found, parts: this.#partsOf(id) });
    this.#windows.delete(id);
    if (closed === 'unknown') this.#unknown.push(found);
  }

  #window({ id, intent, part }: RecordEnvelope): void {
    if (intent === undefined || part === undefined || this.#closed.has(intent)) return;
    if (this.#passedOver(intent)) return;
    const newer = this.#windows.get(intent) ?? [];
    this.#windows.set(intent, newer);
    newer.push({ id, part });
  }

  #partsOf(intent: string): OutcomeParts | undefined {
    const tally = new PartsTally();
    for (const { id, part } of (this.#windows.get(intent) ?? []).toReversed()) tally.add(id, part);
    return tally.sum();
  }

  /**
   * Whether an answer that was recorded here may still have been on its way at the end. INVARIANT:
   * no more answers are than calls may be open.
   */
  #mayBeLost({ monotonicUs }: RecordEnvelope): boolean {
    if (this.#endedUs === undefined) return false;
    const isRecent = monotonicUs > this.#endedUs - limits.lostAnswerMs * 1_000;
    if (!isRecent || this.#outcomes >= limits.lostAnswers) this.#endedUs = undefined;
    return this.#endedUs !== undefined;
  }

  /** Before a mark and out of its reach, only what it names can be open. */
  #passedOver(id: string): boolean {
    return this.#mark !== undefined && this.#mark.reach <= 0 && !this.#mark.wanted.has(id);
  }

  #held(): number {
    return this.#dangling.length + this.#unknown.length + this.#closed.size + this.#windows.size;
  }
}
