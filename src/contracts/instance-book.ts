import type { JsonObject } from '#kernel/json/value.ts';
import type { OutboxDraft } from './outbox.ts';

export interface EnrolledInstance {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  /** RFC 7638 thumbprint. INVARIANT: unique over all tenants and for ever, revoked ones included. */
  readonly thumbprint: string;
  readonly jwk: JsonObject;
  readonly enrolledAt: number;
  readonly revokedAt: number | undefined;
}

export interface JoinToken {
  readonly tenant: string;
  readonly agent: string;
  /** SHA-256 (hex) of the token; the token itself is never stored. */
  readonly tokenDigest: string;
  readonly createdBy: string;
  readonly expiresAt: number;
}

/** A bearer that no key binds; kept from before it leaves until it has expired. */
export interface UnboundToken {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly issuedBy: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
}

/**
 * Instances and the join tokens that let them in. Lives with `control`. Each change of who is
 * enrolled owes `roster`.
 * `also`: the reactions that a change owes, written in its transaction.
 */
export interface InstanceBook {
  addJoinToken(token: JoinToken): Promise<void>;
  /** For whom a token would serve now; undefined when it is unknown, expired or spent. Spends nothing. */
  openJoinToken(
    tokenDigest: string,
    now: number,
  ): Promise<Pick<JoinToken, 'tenant' | 'agent'> | undefined>;
  /**
   * Spends the join token and enrols the key in one transaction: a token serves once, a key once.
   * Rejects with `identity/join-token-invalid` or `identity/key-in-use`.
   */
  enrol(join: {
    readonly tokenDigest: string;
    readonly instance: string;
    readonly thumbprint: string;
    readonly jwk: JsonObject;
    readonly now: number;
    readonly also?: readonly OutboxDraft[];
  }): Promise<EnrolledInstance>;
  byThumbprint(thumbprint: string): Promise<EnrolledInstance | undefined>;
  list(tenant: string, agent?: string): Promise<readonly EnrolledInstance[]>;
  /** Of these agents alone, a thousand of them at most. */
  ofAgents(tenant: string, agents: readonly string[]): Promise<readonly EnrolledInstance[]>;
  listAll(): Promise<readonly EnrolledInstance[]>;
  /** Nothing is owed when there is no such instance. */
  revoke(
    tenant: string,
    instance: string,
    now: number,
    also?: readonly OutboxDraft[],
  ): Promise<EnrolledInstance | undefined>;
  /** Durable before it resolves; what has expired by `issuedAt` is forgotten. */
  noteUnbound(token: Omit<UnboundToken, 'revokedAt'>): Promise<void>;
  /** Oldest first. */
  unbound(tenant: string): Promise<readonly UnboundToken[]>;
  revokeUnbound(tenant: string, instance: string, now: number): Promise<UnboundToken | undefined>;
  /** A `jti` of a client assertion, remembered until it expires; false when it was there before. */
  rememberAssertion(thumbprint: string, jti: string, expiresAt: number): Promise<boolean>;
}
