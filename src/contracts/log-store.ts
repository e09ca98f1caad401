import type { JournalPosition } from './journal.ts';

/** The head of a log: what its signed checkpoint says. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  /** RFC 6962 root over all entries. */
  readonly root: Uint8Array;
}

export interface LogFrame {
  readonly kind: 'leaf' | 'payload';
  readonly bytes: Uint8Array;
  /** Where the frame stood in the journal; frames come in this order. */
  readonly position: JournalPosition;
}

/**
 * Writes one log. INVARIANT: entries and the position up to which the journal is integrated become
 * durable in one step, so that a crash neither loses nor repeats an entry.
 */
export interface LogWriter {
  readonly origin: string;
  /** Entries that were taken, durable or not, signed for or not. */
  readonly size: number;
  /** Entries of these that no checkpoint speaks for yet. */
  readonly unsigned: number;
  /** Up to where the journal is durably in this log; undefined for a new log. */
  readonly integrated: { readonly journal: string; readonly position: JournalPosition } | undefined;
  /**
   * Frames that were taken before are passed over. They are durable after the next `save`; until
   * then the journal must keep them. After any of these threw, the writer takes no more; open it
   * again, and give it the same frames.
   */
  take(journal: string, frames: readonly LogFrame[]): void;
  /** All that was taken is durable when it returns. */
  save(): void;
  /** `take` and `save`. */
  append(journal: string, frames: readonly LogFrame[]): void;
  /** Saves, then signs and publishes a checkpoint; does nothing when there are no new entries. */
  publish(): LogHead;
}

/** Where the entries of a full bundle begin, and the roots of its groups of leaves; proved by whoever uses it. */
export interface BundleHint {
  start(at: number): number;
  group(group: number): Uint8Array;
  root(): Uint8Array;
}

export interface LogEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads one log up to its signed checkpoint. INVARIANT: nothing is handed out that does not hash to
 * what the tiles say; a contradiction is `audit/inconsistent`, never a shorter answer.
 */
export interface LogReader {
  /** Undefined for a log without a checkpoint. Throws when its signature is wrong. */
  head(): LogHead | undefined;
  /**
   * The first record that is still kept: what is before it was pruned, on record, and any of the rest below throws
   * `audit/record-pruned` of it. 0 for a whole log.
   */
  begins(): number;
  /** Hashes of the leaves `[from, to)`, cut to what there is: they are there of pruned records too. */
  leaves(from: number, to: number): readonly Uint8Array[];
  /** Throws `audit/record-unknown` outside `[0, head().size)`. */
  entry(index: number): Uint8Array;
  /** Entries `[from, to)`, cut to what there is. */
  range(from: number, to: number): readonly LogEntry[];
  /**
   * Those of these entries that the checkpoint speaks for, in this order. The tiles that they are checked by were
   * proved under the signed root: for whoever tells them. `hints`: what is known of where they stand, which saves reading
   * whole bundles and is believed of nothing.
   */
  provenEntries(
    indices: readonly number[],
    hints?: (bundle: number) => BundleHint | undefined,
  ): readonly LogEntry[];
  /** Index of the record with this UUIDv7; undefined when the log does not hold it. */
  find(id: string): number | undefined;
  /** A `.tlog-proof` (c2sp.org/tlog-proof@v1) under the present checkpoint; verified before it is given. */
  proof(index: number): Uint8Array;
  /** The sealed body with this hex digest that came with record `index`; undefined when it is not there. */
  payload(index: number, sha256: string): Uint8Array | undefined;
}
