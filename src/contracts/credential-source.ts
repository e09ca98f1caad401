import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ExchangeUse, SealedSecret } from '#kernel/snapshot.ts';

export interface CredentialAsk {
  readonly tenant: string;
  /** As the Snapshot has it: its name, its version, and what the vault sealed of it. */
  readonly secret: SealedSecret;
  /** What it will be used for, as a target is written: a source may give what is good for that alone. */
  readonly scope: string;
  /** Aborted when nobody waits for it any more: whoever asked has gone, or it took too long. */
  readonly signal: AbortSignal;
}

/** For whom and through whom a call is made: what a token of somebody else's server is made for. */
export interface ExchangeAskFor {
  readonly tenant: string;
  readonly use: ExchangeUse;
  /** As the Snapshot has it, where the document names one. */
  readonly clientSecret?: SealedSecret | undefined;
  /** Us, as our assertions name us. */
  readonly issuer: string;
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

/** One value to lend. INVARIANT: it is of whoever the secret is of, and never of who asks. */
export interface Credential {
  readonly value: string;
  /**
   * For so many milliseconds from the ask on the same value may be lent again, for the same version
   * and scope; 0 is never. INVARIANT: what the source does not say is not kept.
   */
  readonly reusableMs: number;
  /**
   * Told once for each loan of this value, when that is over, with what is known of what was done
   * with it; and once with `none` when nobody took it. Nobody waits for it, and its failure is its
   * own.
   */
  ended?(effect: SideEffect): void | Promise<void>;
}

/**
 * Where credentials come from: the vault of this product, or one elsewhere that answers in its own
 * time. A refusal, a rejection and a throw are all a no: nothing is lent. A source that has the
 * value at hand answers without a promise, because most calls should not wait.
 */
export interface CredentialSource<Ask = CredentialAsk> {
  lend(ask: Ask): Credential | Refusal | Promise<Credential | Refusal>;
}
