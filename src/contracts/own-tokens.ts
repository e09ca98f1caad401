import type { JsonObject } from '#kernel/json/value.ts';
import type { Hop, UserLeg } from '#kernel/principal.ts';
import type { EffectClass } from '#kernel/tool.ts';

/** What a live access token of ours says, as far as whoever exchanges it must know. */
export interface OwnAccess {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly expiresAt: number;
  /** SHA-256 (hex) of its name: how records and the overlay call it, and it is withdrawn alone. */
  readonly token: string;
  /** Of the key that it is bound to; undefined of a bearer. */
  readonly thumbprint: string | undefined;
  /** Undefined of a token of the instance alone, which acts for nobody and in its own task. */
  readonly delegated: OwnDelegated | undefined;
}

export interface OwnDelegated {
  /** The delegation that it stands on. */
  readonly id: string;
  readonly user: UserLeg | undefined;
  readonly hops: readonly Hop[];
  readonly effects: readonly EffectClass[] | undefined;
  readonly issuedAt: number;
  /** In which it was given, as it says it; see `traceByToken`. */
  readonly trace?: string | undefined;
}

/**
 * What this authorization server has signed, read by itself, and signed for itself. INVARIANT: a statement of
 * one type is never read as one of another, and none of them is an access token.
 */
export interface OwnTokens {
  /** Undefined of one that is not ours, not for our gateways, or over. What was withdrawn, others know. */
  readAccess(text: string, now: number): OwnAccess | undefined;
  /** Issuer and audience are ourselves. */
  state(type: StatementType, claims: JsonObject): string;
  /** Its claims, when we signed it as this type, for ourselves. Times are the reader's. */
  readStatement(type: StatementType, text: string): JsonObject | undefined;
}

/** The `typ` of the header, without its `+jwt`. */
export type StatementType = 'bailiwick-hand-off';
