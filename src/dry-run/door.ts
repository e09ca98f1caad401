import type { MarkClaims } from '#contracts/claim-marks.ts';
import type { LogReader } from '#contracts/log-store.ts';
import type { Configuration, PlanePart } from '#contracts/plane-part.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { PolicyView } from '#planes/policy/index.ts';

export interface ReplayParts {
  readonly policy: PlanePart<PolicyView>;
  readonly judges: readonly TargetJudge[];
  /** Opened once for each replay. */
  readonly logs: () => readonly {
    readonly tenant: string;
    readonly origin: string;
    readonly reader: Pick<LogReader, 'head' | 'begins' | 'provenEntries' | 'payload'>;
  }[];
  readonly parse: (leaf: Uint8Array) => RecordEnvelope;
  /**
   * The words in a sealed body, once they are proved by the commitment of the record; undefined where none were
   * kept. `audit/erased` where its key is destroyed.
   */
  readonly open: (record: RecordEnvelope, body: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Arguments of a call that was held; undefined where they are gone. */
  readonly held: (tenant: string, approval: string) => Promise<string | undefined>;
  /** As gateways mark claims of users in records. */
  readonly markClaims: MarkClaims;
}

export interface ReplayQuestion {
  readonly tenant: string;
  readonly current: Configuration;
  readonly proposed: Configuration;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  readonly agent?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many records were looked at, of how many there are at most. */
  readonly told?:
    | ((progress: { readonly records: number; readonly of: number }) => void)
    | undefined;
}

/** Why a recorded call was not judged again. */
export const unjudged = {
  'arguments-not-kept': 'refused at the time, so their arguments were not kept',
  'arguments-erased': 'the key of their arguments is destroyed',
  'arguments-gone': 'their arguments are not there any more, or cannot be read',
  'scope-not-kept': 'their task was narrowed to more than a record holds',
  'agent-gone': 'their agent is in no document any more',
  unreadable: 'their record cannot be read by this version',
  'not-served': 'what they were about is of a kind that nothing serves now',
} as const;

export type Unjudged = keyof typeof unjudged;

/** Calls that would be answered otherwise, of one agent about one target. */
export interface Change {
  readonly agent: string;
  readonly user: string | undefined;
  readonly target: string;
  /** As people read it: `allowed`, `held (write)`, `refused (policy/denied)`. */
  readonly from: string;
  readonly to: string;
  /** Whether an agent could do more than before, less, or what could be is not to be compared. */
  readonly way: 'more' | 'less' | 'other';
  readonly calls: number;
  readonly rules: { readonly from: readonly string[]; readonly to: readonly string[] };
  /** Ids of records, the newest first. */
  readonly examples: readonly string[];
  readonly first: number;
  readonly last: number;
}

export interface ReplayAnswer {
  /** Records that were looked at, each proved under the signed head of its log. */
  readonly records: number;
  /** Of them, calls that were judged again. */
  readonly judged: number;
  /** Of them for users whose groups their record does not say: it is of an earlier version. */
  readonly forUsers: number;
  /** Answered by what is proposed as by what is in force. */
  readonly same: number;
  readonly changes: readonly Change[];
  /** Kinds of change that no more room was for; their calls are in no line above. */
  readonly more: number;
  /** Answered by what is in force otherwise than on record: pins, documents or rules have changed since. */
  readonly movedSince: number;
  readonly skipped: Readonly<Partial<Record<Unjudged, number>>>;
  /** How far each log was looked at. */
  readonly reach: readonly {
    readonly origin: string;
    readonly from: number;
    readonly to: number;
  }[];
  /** Whoever asked has gone, or time was over: what is told is of what was looked at. */
  readonly isWhole: boolean;
}
