import type { JournalPosition } from '#contracts/journal.ts';
import type { Commitment, RecordDraft, RecordEnvelope } from '#kernel/record.ts';
import type { OpenedBody } from './salted-body.ts';

export interface Recorded {
  readonly id: string;
  readonly position: JournalPosition;
}

export interface RecordOptions {
  /** Of an act that takes privilege away: may use the space that is kept for a full disk. */
  readonly reserved?: boolean;
  /** Whose words the payload is: it is sealed under their own key, and gone when that is. */
  readonly subject?: string | undefined;
  /** People whom it is about beside those that it names: what was typed is gone with the key of any of them. */
  readonly about?: readonly string[];
}

/**
 * Turns drafts into leaves and makes them durable. INVARIANT: `record` resolves only when the leaf
 * is on disk, and rejects with `audit/unavailable` when it can not be: the caller then denies.
 */
export interface Recorder {
  readonly writer: string;
  /** What the last append of this writer said. */
  readonly healthy: boolean;
  record(draft: RecordDraft, payload?: Uint8Array, options?: RecordOptions): Promise<Recorded>;
  /** Several records in one durable batch, in order. */
  recordAll(drafts: readonly RecordDraft[], options?: RecordOptions): Promise<readonly Recorded[]>;
  /**
   * A salted commitment to bytes that stay out of the record. `sha256`: of these very bytes, in hex,
   * where whoever asks has made it already.
   */
  commit(bytes: Uint8Array, sha256?: string): Commitment;
}

/** Reading side: over one data folder, by people. */
export interface AuditReader {
  tail(filter: AuditFilter): Promise<readonly FoundRecord[]>;
  /** The newest, or what stands behind those that were told; also a page in which nothing fits may have one behind it. */
  page(filter: AuditFilter & { readonly behind?: LogPlaces | undefined }): Promise<RecordPage>;
  show(tenant: string, id: string): Promise<FoundRecord | undefined>;
  /** A c2sp `.tlog-proof` for the record, once it is under a checkpoint. */
  proof(tenant: string, id: string): Promise<string | undefined>;
  /** The bytes of the record as they stand in the log: what the proof is of. */
  leaf(tenant: string, id: string): Promise<Uint8Array | undefined>;
  /** Opens the sealed payload; the caller records that it was read. */
  payload(record: FoundRecord): Promise<Buffer | undefined>;
  /** The same with the salts of the record's commitments, checked. */
  opened(record: FoundRecord): Promise<OpenedBody | undefined>;
}

/** Up to where each log is still to be told, without that place; a log that is not named is told, or newer. */
export type LogPlaces = ReadonlyMap<string, number>;

export interface RecordPage {
  /** Newest last. */
  readonly records: readonly FoundRecord[];
  /** Undefined: there is nothing older. */
  readonly behind: LogPlaces | undefined;
}

export interface AuditFilter {
  readonly tenant: string;
  readonly limit: number;
  readonly agent?: string;
  readonly type?: string;
  readonly decision?: string;
  readonly call?: string;
  readonly since?: number;
  /** Without what programs and readers do all the time: `background` in `reader.ts`. */
  readonly actions?: boolean;
  /** Whoever asked has gone: what was found until then is all. */
  readonly signal?: AbortSignal;
}

export interface FoundRecord {
  readonly origin: string;
  readonly index: number;
  readonly record: RecordEnvelope;
}
