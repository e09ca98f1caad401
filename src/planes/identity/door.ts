import type { Act, ReasonedAct } from '#contracts/desk.ts';
import type { ProofJudged, ProofToUse } from '#contracts/fellows.ts';
import type { OwnTokens } from '#contracts/own-tokens.ts';
import type { ClientAssertion, TokenClients } from '#contracts/token-clients.ts';
import type { TokenMint } from '#contracts/token-mint.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { RightsDifference } from '#contracts/kept-rights.ts';
import type { Presented } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person, Principal, Role } from '#kernel/principal.ts';
import type { Roster, TokenTrust } from '#kernel/snapshot.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';

export interface IdentityContext {
  /** The tenant of the listener: a credential of another tenant is refused. */
  readonly tenant: string;
  readonly trust: TokenTrust;
  readonly roster: Roster;
  readonly now: number;
  /**
   * Who this very request has proved to be a moment ago, when it is judged a second time: its proof
   * is spent and not asked for again. Token, tenant and enrolment are judged as they are now.
   */
  readonly proven?: Principal | undefined;
}

/**
 * The gateway's half: judges what was presented. It never throws for bad input, and waits only for
 * a proof that another gateway of the listener keeps.
 */
export interface IdentityGate {
  /** False when nothing was presented at all: 401 before the body is read. */
  hasCredential(presented: Presented): boolean;
  /**
   * Why these credentials are nobody's, as far as it can be said without asking for their proof;
   * undefined when they may be somebody's. INVARIANT: it identifies nobody and spends nothing.
   */
  stranger(presented: Presented, context: IdentityContext): Refusal | undefined;
  identify(
    presented: Presented,
    context: IdentityContext,
  ): Principal | Refusal | Promise<Principal | Refusal>;
  /** The nonce that the next proof must carry; goes into every `DPoP-Nonce` answer header. */
  nonce(now: number): string;
  /** For the other gateways: was this proof, that is kept here, used before? From now on it was. */
  useProof(proof: ProofToUse, now: number): ProofJudged;
  /** The youngest generation of nonces that is known here. */
  readonly generation: number;
  /** Another gateway knows of one as young as this. */
  hear(generation: number): void;
}

export interface IssuedToken {
  readonly accessToken: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  readonly expiresIn: number;
  readonly agent: string;
  readonly instance: string;
}

/** The control program's half. Every method records what it did through the recorder it was given. */
export interface Enrolment {
  issueJoinToken(ask: {
    readonly tenant: string;
    readonly agent: string;
    readonly by: string;
    readonly reason?: string | undefined;
  }): Promise<{
    readonly token: string;
    readonly expiresAt: number;
  }>;
  /** `proof` is a JWT (typ `bailiwick-enrol+jwt`) signed by the new key over the token's digest. */
  enrol(ask: {
    readonly joinToken: string;
    readonly jwk: JsonObject;
    readonly proof: string;
  }): Promise<EnrolledInstance>;
  /** The same by a token by which a platform vouches for a workload of its own; `proof` is over that token. */
  enrolWorkload(ask: {
    readonly workloadToken: string;
    readonly jwk: JsonObject;
    readonly proof: string;
  }): Promise<EnrolledInstance>;
  /** RFC 7523 client assertion, signed by the enrolled key, for a sender-constrained token. */
  issueToken(ask: ClientAssertion): Promise<IssuedToken>;
  issueUnboundToken(ask: {
    readonly tenant: string;
    readonly agent: string;
    readonly by: string;
    readonly reason?: string | undefined;
  }): Promise<IssuedToken>;
  trust(): TokenTrust;
  /** For planes that decide for whom an agent acts. */
  readonly mint: TokenMint['mint'];
  readonly own: OwnTokens;
  readonly clients: TokenClients;
}

export interface RevokedInstance {
  readonly instance: string;
  readonly agent: string;
  readonly revokedAt: number;
}

/** For people of one tenant: who comes in, by which token, and who is put out. */
export interface IdentityDesk {
  issueJoinToken(act: TokenAct): Promise<{ readonly token: string; readonly expiresAt: number }>;
  issueUnboundToken(act: TokenAct): Promise<IssuedToken>;
  /** Of any instance that was issued, unbound bearers too. Takes effect first. */
  revoke(act: ReasonedAct & { readonly instance: string }): Promise<RevokedInstance>;
}

export type TokenAct = Act & { readonly agent: string; readonly reason?: string | undefined };

/** A credential is told once, to whoever asked for it, and kept nowhere. */
export interface Welcomed {
  readonly person: Person;
  readonly credential: string;
}

export interface RenewAsk {
  /** Undefined: the only admin that there is. */
  readonly name: string | undefined;
  /** SHA-256 (hex): who asks made the credential, and nobody else has seen it. */
  readonly credentialDigest: string;
  /** Of the operating system, who wrote the request. */
  readonly uid: number;
}

/** The people of the control program themselves. */
export interface PeopleDesk {
  list(tenant: string): Promise<readonly StoredPerson[]>;
  /** The first person, by the one-time link: nobody is there yet who could be asked. */
  redeemSetupLink(ask: { readonly link: string; readonly name: string }): Promise<Welcomed>;
  /**
   * A new credential for an admin who is there, by whoever owns the keys: such a one signs as the
   * instance itself. The one before is worth nothing from then on. On record first.
   */
  renew(ask: RenewAsk): Promise<Person>;
  add(act: ReasonedAct & RolesGiven & { readonly name: string }): Promise<Welcomed>;
  /** Nobody takes the last admin's right: `api/last-admin`. What they gain is on record first. */
  setRoles(act: ReasonedAct & RolesGiven & { readonly name: string }): Promise<StoredPerson>;
  /** Their credential is dead at once, also while nothing can be recorded; what is theirs is told. */
  remove(act: ReasonedAct & { readonly name: string }): Promise<RemovedPerson>;
  /** Where the store says other than was decided; none of it counts. */
  differing(tenant: string): readonly RightsDifference[];
  /** The store says again what was decided; answers what differed, which is on record before. */
  mend(act: ReasonedAct): Promise<readonly RightsDifference[]>;
}

export interface RolesGiven {
  readonly roles: readonly Role[];
  /** What they may take for a time; nothing where it is not said. */
  readonly eligible?: readonly Role[] | undefined;
}

/** What somebody else must look after now. */
export interface RemovedPerson {
  readonly person: StoredPerson;
  readonly agents: readonly string[];
  readonly tasks: readonly string[];
}
