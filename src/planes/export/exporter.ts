import type { ExportBook, ExportCursor } from '#contracts/export-book.ts';
import type { EventSink, SinkAnswer } from '#contracts/event-sink.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { Clock } from '#kernel/time.ts';
import { Backoff } from './backoff.ts';
import type { ExportedLog, ExportState } from './door.ts';
import { deadDraft, letterOf, lostOf, type Refused } from './letters.ts';
import { type BatchParts, type NextBatch, nextBatch } from './next-batch.ts';
import { RefusedInARow } from './refused-in-a-row.ts';

export interface ExporterParts extends BatchParts {
  readonly sink: EventSink;
  readonly is: Pick<ExportState, 'sink' | 'kind' | 'tenant' | 'place'>;
  /** Every log of the data folder, opened anew. */
  readonly logs: () => readonly ExportedLog[];
  readonly book: ExportBook;
  /** Resolves when it is on record. */
  readonly note: (draft: RecordDraft) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Takes the logs of one tenant to one sink. INVARIANT: a cursor passes a record only when the sink settled it,
 * and one that the sink never takes only when that is buried and on record; so each record arrives at least
 * once, whatever stops in between. Holds one batch at a time.
 */
export class Exporter {
  readonly #parts: ExporterParts;
  readonly #backoff: Backoff;
  readonly #refused = new RefusedInARow();
  /** The head under which all of a log was settled: until it is another one there is nothing to read. */
  readonly #seen = new Map<string, string>();
  readonly #stuck = new Map<string, string>();
  #cursors: Map<string, ExportCursor> | undefined;
  readonly #sizes = new Map<string, number>();
  #savedAt = Number.NEGATIVE_INFINITY;
  #isDirty = false;
  #sent = 0;
  #failures = 0;
  #dead = 0;
  #fault: string | undefined;

  constructor(parts: ExporterParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
  }

  /** One batch of each log that has more; answers how long to rest. Never rejects. */
  async step(signal: AbortSignal): Promise<number> {
    try {
      const cursors = await this.#opened();
      let moved = 0;
      for (const log of this.#ownLogs()) {
        if (signal.aborted) break;
        const later = await this.#follow(log, cursors, signal);
        if (typeof later === 'number') moved += later;
        else return this.#rest(later.why, later.afterMs);
      }
      await this.#save(false);
      this.#fault = undefined;
      return moved > 0 ? 0 : limits.exportIdleMs;
    } catch (fault) {
      return this.#rest(fault instanceof Error ? fault.message : String(fault), undefined);
    }
  }

  /** Also while the sink is left alone: how far the logs have come is read anew. */
  state(): ExportState {
    for (const { origin, reader } of this.#ownLogs()) this.#measure(origin, reader);
    const logs = [...this.#sizes]
      .map(([origin, size]) => ({ origin, sent: this.#cursors?.get(origin)?.next ?? 0, size }))
      .sort((a, b) => (a.origin < b.origin ? -1 : 1));
    return {
      ...this.#parts.is,
      form: this.#parts.form,
      logs,
      lag: logs.reduce((sum, { sent, size }) => sum + Math.max(0, size - sent), 0),
      sent: this.#sent,
      failures: this.#failures,
      dead: this.#dead,
      fault: this.#fault,
      stuck: [...this.#stuck].map(([origin, why]) => `\`${origin}\`: ${why}`).sort(),
    };
  }

  async close(): Promise<void> {
    await this.#save(true).catch(() => undefined);
    await this.#parts.sink.close();
  }

  async #opened(): Promise<Map<string, ExportCursor>> {
    const { book, is } = this.#parts;
    if (this.#cursors === undefined) {
      this.#dead = await book.buried(is.sink);
      this.#cursors = new Map(Object.entries(await book.cursors(is.sink)));
    }
    return this.#cursors;
  }

  #ownLogs(): readonly ExportedLog[] {
    const { logs, is } = this.#parts;
    return logs().filter(({ tenant }) => tenant === is.tenant);
  }

  /** How many records it went on by, or why the sink is to be left alone. */
  async #follow(
    log: ExportedLog,
    cursors: Map<string, ExportCursor>,
    signal: AbortSignal,
  ): Promise<number | NonNullable<SinkAnswer['later']>> {
    const { origin } = log;
    const cursor = cursors.get(origin);
    const batch = this.#read(log, cursor);
    if (batch === undefined || batch.leaves.length === 0) return 0;
    const answer = await this.#send(batch, signal);
    const { next } = batch;
    const after = batch.records[answer.settled]?.index ?? next + batch.leaves.length;
    // Said when something is sent behind it, and by a letter and a record of its own.
    if (after > next) await this.#bury(log, lostOf(origin, batch));
    await this.#bury(log, refusedOf(origin, batch, { after, answer }));
    const last = batch.leaves[after - next - 1];
    if (last !== undefined) {
      this.#backoff.reset();
      cursors.set(origin, { next: after, last });
      this.#isDirty = true;
      this.#sent += answer.settled - answer.never.length;
    }
    return answer.later ?? after - next;
  }

  /** Undefined when there is nothing. INVARIANT: what is wrong with one log stops no other one. */
  #read(log: ExportedLog, cursor: ExportCursor | undefined): NextBatch | undefined {
    const { origin, reader } = log;
    try {
      const head = reader.head();
      const mark =
        head === undefined ? 'none' : `${head.size} ${Buffer.from(head.root).toString('hex')}`;
      if (this.#seen.get(origin) === mark) return undefined;
      const batch = nextBatch(this.#parts, log, cursor, this.#parts.sink.most);
      if (batch.leaves.length === 0) this.#seen.set(origin, mark);
      this.#stuck.delete(origin);
      return batch;
    } catch (fault) {
      this.#stuck.set(origin, fault instanceof Error ? fault.message : String(fault));
      return undefined;
    }
  }

  #measure(origin: string, reader: ExportedLog['reader']): void {
    try {
      this.#sizes.set(origin, reader.head()?.size ?? 0);
    } catch (fault) {
      this.#stuck.set(origin, fault instanceof Error ? fault.message : String(fault));
    }
  }

  async #send({ records }: NextBatch, signal: AbortSignal): Promise<SinkAnswer> {
    if (records.length === 0) return { settled: 0, never: [] };
    const told = await this.#parts.sink.send(records, signal);
    const answer = this.#refused.judge(told, records.length);
    if (answer.settled === 0 && answer.later === undefined) {
      return { ...answer, later: { why: 'the sink took nothing, and does not say why' } };
    }
    return answer;
  }

  async #bury(log: ExportedLog, refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    const { book, is, clock, note } = this.#parts;
    const now = clock.now();
    // Counted before the note: where that fails all is refused again, and lies there already.
    this.#dead += await book.bury(
      is.sink,
      refused.map((one) => letterOf(one, now)),
    );
    const draft = deadDraft({ ...is, origin: log.origin }, refused);
    if (draft !== undefined) await note(draft);
    // Else it is all told again by the next start.
    this.#savedAt = Number.NEGATIVE_INFINITY;
  }

  async #save(isLast: boolean): Promise<void> {
    const { book, is, clock } = this.#parts;
    const now = clock.monotonic();
    if (!this.#isDirty || this.#cursors === undefined) return;
    if (!isLast && now - this.#savedAt < limits.exportSaveMs) return;
    this.#isDirty = false;
    this.#savedAt = now;
    try {
      await book.keep(is.sink, Object.fromEntries(this.#cursors));
    } catch (fault) {
      this.#isDirty = true;
      throw fault;
    }
  }

  async #rest(why: string, afterMs: number | undefined): Promise<number> {
    this.#failures += 1;
    this.#fault = visibleText(why, { maxLength: 300 });
    await this.#save(false).catch(() => undefined);
    return this.#backoff.next(afterMs);
  }
}

/** What is to be buried before the cursor stands at `after`, in the order of the log. */
function refusedOf(
  origin: string,
  batch: NextBatch,
  of: { readonly after: number; readonly answer: SinkAnswer },
): Refused[] {
  const never = of.answer.never.flatMap(({ at, why }): Refused[] => {
    const one = batch.records[at];
    if (one === undefined) return [];
    const { key, index, record } = one;
    return [{ key, index, record, why: visibleText(why, { maxLength: 200 }) }];
  });
  const unreadable = batch.unreadable
    .map((place) => batch.next + place)
    .filter((index) => index < of.after)
    .map((index): Refused => {
      const why = 'this version cannot read it';
      return { key: `${origin}#${index}`, index, record: undefined, why };
    });
  return [...never, ...unreadable].sort((a, b) => a.index - b.index);
}
