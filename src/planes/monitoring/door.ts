import type { LoanOfPlaces } from '#contracts/fellows.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { ConnectionState } from '#kernel/call.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft, WouldHavePart } from '#kernel/record.ts';

/** Rates, in the memory of the gateways of a listener; only rates may be lossy. */
export interface Rates {
  connection(connection: ConnectionState, monotonic: number): Refusal | undefined;
  /** Waits only for other gateways, when the share of this one is used up. */
  agent(
    tenant: string,
    agent: AgentEntry,
    monotonic: number,
  ): Refusal | undefined | Promise<Refusal | undefined>;
  /** For another gateway: gives away what nobody has used here. */
  lend(ask: LoanOfPlaces, monotonic: number): number;
}

/**
 * Refusals of the unknown become counted records per source; repeated identical refusals of one
 * agent coalesce and trip its breaker. A looping agent must not fill the disk, and no count may hide
 * that what it counts was different.
 */
export interface RefusalBook {
  /**
   * Undefined: counted, will be told by `due`. Otherwise the draft must be recorded now. `about` is
   * what else tells this refusal apart, as the digest of its arguments; it is not recorded itself.
   */
  note(
    draft: RecordDraft,
    identified: boolean,
    now: number,
    about?: string,
  ): RecordDraft | undefined;
  /** What `note` or `due` gave and nobody could record: it is owed, and told by a later `due`. */
  unrecorded(drafts: readonly RecordDraft[]): void;
  /** Counted records whose interval has ended; all of them when `everything`. */
  due(now: number, everything?: boolean): readonly RecordDraft[];
  /** `standing/breaker` when this agent keeps repeating a refused call. */
  breaker(tenant: string, instance: string, now: number): Refusal | undefined;
  /** A call of this instance went through: its streak is over. */
  relief(tenant: string, instance: string): void;
}

/** Of a tool that is not enforced yet: how many of its calls would have been refused or held. */
export interface SoftenedCount {
  /** As `targetText` writes it. */
  readonly target: string;
  readonly refuse: number;
  readonly hold: number;
}

/** Counts calls that went on although a gate said no, since the start of its process. */
export interface SoftenedBook {
  note(tenant: string, target: string, wouldHave: Pick<WouldHavePart, 'effect'>): void;
  /** For a ping; nothing while nothing was counted. */
  told(): JsonObject;
}
