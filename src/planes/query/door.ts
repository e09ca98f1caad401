import type { Annotated, RecordEnvelope } from '#kernel/record.ts';
import type { LogReader } from '#contracts/log-store.ts';

/** One log of a tenant, opened anew for each look. */
export interface TenantLog {
  readonly tenant: string;
  readonly origin: string;
  readonly reader: LogReader;
  /** Its verifier key, where whoever opened it knows it. */
  readonly vkey?: string;
}

export interface FoundPlace {
  readonly origin: string;
  readonly index: number;
  readonly record: RecordEnvelope;
  /** Asked for as proof: the bytes of the leaf, which are text, and its `.tlog-proof`. */
  readonly leaf?: string;
  readonly proof?: string;
}

/** Somebody's later words, which are a record of their own: what they are about was not changed by them. */
export interface FoundAnnotation extends FoundPlace {
  readonly annotates: Annotated;
  /** The annotation that takes this one back; both stay. */
  readonly withdrawnBy?: string;
}

/** About what was shown, and about each other, oldest first. */
export interface Annotations {
  readonly annotations: readonly FoundAnnotation[];
  /** There are more than are told. */
  readonly annotationsCut: boolean;
}

/** How much of one log an answer speaks for. */
export interface LogReach {
  readonly origin: string;
  /** Records `[0, complete)` were looked through; a signed checkpoint speaks for each of them. */
  readonly complete: number;
  /** What its newest checkpoint speaks for; above `complete` there is more that was not looked at. */
  readonly size: number;
  /** The verifier key of the log, for whoever takes proofs away; they should have it from elsewhere too. */
  readonly vkey?: string | undefined;
}

export interface RecordQuestion {
  readonly tenant: string;
  /** In the language of `parseQuery`, or the name of a view, or both: then the view is narrowed. */
  readonly query: string;
  readonly view: string | undefined;
  readonly newestFirst: boolean;
  readonly most: number;
  readonly cursor: string | undefined;
  /** The `arrived` of an answer: only what came to the logs since, whatever its times are. */
  readonly arrivedAfter?: string | undefined;
  /** Also how many there are in all. */
  readonly counted: boolean;
  /** Each with its leaf and, where it is `full`, its proof under the present checkpoint. */
  readonly proven?: 'leaf' | 'full' | undefined;
  /** Also what was said later about the records that are found, and about their tasks; proved as they are. */
  readonly annotated?: boolean;
}

export interface RecordAnswer extends Partial<Annotations> {
  readonly records: readonly FoundPlace[];
  /** For the next page; undefined when there is none. */
  readonly next: string | undefined;
  /**
   * Set when this page ended because enough was looked at, and not because it was full: up to this time,
   * and there may be more behind `next`.
   */
  readonly lookedTo: string | undefined;
  readonly count: number | undefined;
  /** As it was asked, views written out. */
  readonly asked: string;
  readonly reach: readonly LogReach[];
  /** How far this answer knew the logs, for whoever asks what came since. */
  readonly arrived: string;
  /** Of what came since there is more than could be looked at; ask again, with this `arrived`. */
  readonly more: boolean;
  /** Records that this version cannot read: no condition finds them. */
  readonly unreadable: number;
}

/** What the index is doing, for people. */
export interface IndexState {
  readonly logs: readonly (LogReach & { readonly indexed: number })[];
  readonly behind: number;
  /** Why it stands still, when it does. */
  readonly fault: string | undefined;
  /** Records since it was opened, and milliseconds of work for them. */
  readonly taken: number;
  readonly workMs: number;
}

/** How an index stands, as it is told without being asked. */
export interface IndexReport {
  readonly tenant: string;
  readonly behind: number;
  readonly fault: string | undefined;
}

/** Questions about records, by whoever may read the log; the router puts on record that they were asked. */
export interface RecordQueries {
  ask(question: RecordQuestion, signal?: AbortSignal): Promise<RecordAnswer>;
  timeline(tenant: string, task: string, signal?: AbortSignal): Promise<TaskTimeline>;
  /** What was said later about one record. */
  annotations(tenant: string, record: string, signal?: AbortSignal): Promise<RecordAnnotations>;
  state(tenant: string): Promise<IndexState>;
  check(tenant: string, signal?: AbortSignal): Promise<IndexCheck>;
  /** Reads all logs of the tenant again; until it is done, answers say how far they reach. */
  rebuild(tenant: string): Promise<IndexState>;
}

/** One task from its beginning to its last word, with what was asked and decided on the way. */
export interface TaskTimeline extends Annotations {
  readonly records: readonly FoundPlace[];
  /** There is more of it than is told. */
  readonly cut: boolean;
  readonly reach: readonly LogReach[];
}

export interface RecordAnnotations extends Annotations {
  readonly reach: readonly LogReach[];
}

/** Whether log and index say the same, record by record. */
export interface IndexCheck {
  readonly records: number;
  readonly differences: readonly string[];
  readonly reach: readonly LogReach[];
}
