/** Where a record stands: in which log, at which index, and when it says that it was made. */
export interface Place {
  readonly at: number;
  /** The number of its log in the index. */
  readonly log: number;
  readonly index: number;
}

/** How far the index has come with one log. */
export interface IndexedLog {
  readonly number: number;
  readonly origin: string;
  /** Records `[0, size)` have postings. */
  readonly size: number;
  /**
   * A signed checkpoint of this size had the root that was computed of what was indexed. INVARIANT: of
   * records from here on nobody is told anything.
   */
  readonly proved: number;
  /** Roots of the perfect subtrees of the first `size` leaves, largest first, each of 32 bytes. */
  readonly edge: Uint8Array;
  /** Records before it were pruned, and nothing is posted of them. */
  readonly begins: number;
}

export interface PostedRecord {
  readonly index: number;
  readonly at: number;
  /** As `field:value`; what a record is found by. */
  readonly terms: ReadonlySet<string>;
}

/** Of a bundle that is full: what helps to find its records, and is proved by whoever uses it. */
export interface BundleHintBytes {
  readonly bundle: number;
  readonly bytes: Uint8Array;
}

/** Times `[from, to)` in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PlaceOrder {
  readonly newestFirst: boolean;
  /** Only what comes behind this place, in that order. */
  readonly after: Place | undefined;
  readonly most: number;
}

/**
 * The index of one tenant's records: derived from the logs, and worth nothing without them. It is used
 * by one thread, which may be kept busy by it. INVARIANT: it proposes places; whoever asks reads the
 * record there and looks whether it is what was asked for. It keeps no text of any record.
 */
export interface RecordIndex {
  logs(): readonly IndexedLog[];
  /** Postings and how far they reach are durable together, or neither is there. */
  add(
    log: Omit<IndexedLog, 'begins' | 'number'>,
    records: readonly PostedRecord[],
    hints?: readonly BundleHintBytes[],
  ): void;
  /** What was added of this bundle of a log, as it was; undefined where nothing was. */
  hint(log: number, bundle: number): Uint8Array | undefined;
  /** Everything of the first so many records of this log goes, and of so many bundles; nothing of a log that is not known. */
  forget(origin: string, below: number, bundles: number): void;
  /** In order of time, then of place. */
  places(term: string, span: Span, order: PlaceOrder): readonly Place[];
  has(term: string, place: Place): boolean;
  /** How many there are; counted no further than `most`. */
  count(term: string, span: Span, most: number): number;
  /** All of its postings, and whether its file is whole; reads all of it. */
  check(): { readonly postings: number; readonly isWhole: boolean };
  close(): void;
}

/** Why what lay there is not used any more. */
export type IndexRefusal = 'torn' | 'of another log' | 'of another version';

/** One index for each tenant. */
export interface RecordIndexes {
  /** INVARIANT: that what lies there is refused is told before it is removed; this one then begins at nothing. */
  open(tenant: string, onRefused: (why: IndexRefusal) => void): RecordIndex;
  /** What is there of this tenant goes; the next `open` begins at nothing. */
  remove(tenant: string): void;
}
