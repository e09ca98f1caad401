import type { Configuration } from '#contracts/plane-part.ts';
import type { Judged } from '#contracts/target-judge.ts';
import type { Call } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { LendRequest, Loan } from '#planes/credentials/index.ts';
import type { Taken } from './intake.ts';
import type { Answer, TakenStream } from './taken-stream.ts';
import type { Attempt } from './attempt.ts';

/** Whose call it is, and by which configuration it is judged from its first stage to its last. */
export interface Asking {
  readonly call: Call;
  readonly configuration: Configuration;
  readonly principal: Principal;
  /** Undefined for what the gateway itself asks. */
  readonly agent: AgentEntry | undefined;
}

/** What was lent for it is there, and its intent is on record. */
export interface Exchanging extends Asking {
  readonly loan: Loan;
  /** Id of its record. */
  readonly intent: string;
}

/** A result on its way out. */
export interface Fitting extends Pick<Asking, 'call'> {
  readonly attempt: Attempt;
  readonly answer: Pick<Answer, 'cut'>;
}

/** Not the result as it came, but what is told of it. */
export interface Fitted {
  readonly result: JsonObject;
  readonly resultBytes: Buffer;
}

/** INVARIANT: the target stands in the manifest, or nothing is lent. */
export type Borrowing = Pick<LendRequest, 'owner' | 'target' | 'manifest'>;

/**
 * What one call is about, once it was found: all that later stages need, of whatever kind it is.
 * Made by the file of its action, for this call alone.
 */
export interface Subject extends Omit<Judged, 'digest'> {
  /** Undefined of what the gateway itself asks. */
  readonly digest: string | undefined;
  /** Calls of one lane share connections, and are bounded together; undefined is without bound. */
  readonly lane: string | undefined;
  /** The fixed answer of policy to what the gateway itself asks. */
  readonly decided: Decision | undefined;
  /** What is looked at before a yes is asked for or spent; undefined when there is nothing to see. */
  readonly looksAt: string | undefined;
  /** Whose credentials go with it, and what they are lent for. */
  readonly borrows: Borrowing;
  /** INVARIANT: says so to `attempt` before the first byte may leave. */
  exchange(asked: Exchanging, attempt: Attempt): Promise<Taken | TakenStream | Refusal>;
  /**
   * The bytes that the record commits to, or those of the part of it that is told; a refusal when the
   * result does not fit.
   */
  fit(result: JsonObject, fitting: Fitting): Buffer | Fitted | Refusal;
}
