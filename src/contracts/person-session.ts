import type { Role, SignedIn, UserLeg } from '#kernel/principal.ts';

/**
 * A sign-in of a human, as long as it lasts. What stands on it ends with it: pages, consents in use,
 * tokens that name the user.
 */
export interface PersonSession {
  readonly tenant: string;
  readonly id: string;
  /**
   * As whom desks and records know them. INVARIANT: one name is one human for ever: of two whom their
   * providers call the same, and of a person of ours and somebody else, each has a name of their own.
   */
  readonly person: string;
  /** Who, as the one who signed them in said it; groups are those that a document names. */
  readonly user: UserLeg;
  /** What they may do here as a person; empty for somebody who only lets agents act. */
  readonly roles: readonly Role[];
  /** The document that signed them in, or `passkey`. */
  readonly provider: string;
  /** The provider's own name of the session (`sid`), by which it is logged out from there. */
  readonly providerSession: string | undefined;
  /** A browser's own, or begun by a token that somebody exchanged. */
  readonly by: 'browser' | 'exchange';
  readonly begunAt: number;
  readonly expiresAt: number;
}

/** How whoever comes by it proved themselves. */
export function signedInBy({
  id,
  provider,
  user: { acr, amr, signedInAt },
}: Pick<PersonSession, 'id' | 'provider' | 'user'>): SignedIn {
  return {
    kind: 'session',
    id,
    provider,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(signedInAt === undefined ? {} : { signedInAt }),
  };
}

export interface NewPersonSession extends Omit<PersonSession, 'id' | 'begunAt' | 'person'> {
  /** A person of ours, who proved to be that one; of anybody else the name is made from what the provider says. */
  readonly person?: string;
}

/** What other planes may know of sign-ins. */
export interface PersonSessions {
  /**
   * On record before it is there, with the address that it was asked from. INVARIANT: it never outlives what
   * the provider said.
   */
  open(session: NewPersonSession, from?: string): Promise<PersonSession>;
  /** Undefined when it is over, for whatever reason. */
  get(tenant: string, id: string): Promise<PersonSession | undefined>;
}

/** Whose token of a configured identity provider it is. */
export interface UserToken {
  readonly provider: string;
  readonly providerSession: string | undefined;
  readonly user: UserLeg;
  readonly roles: readonly Role[];
  readonly expiresAt: number;
  readonly jti: string | undefined;
  /** Of whoever the provider gave it to (`azp`, `client_id`); undefined when it does not say. */
  readonly client: string | undefined;
  /** `scope` and `resource`, as far as an assertion says them. */
  readonly scope: string | undefined;
  readonly resource: string | undefined;
}

/**
 * `exchange`: an ID or access token that may be exchanged, for an audience that the provider's document
 * names. `id-jag`: an identity assertion (typ `oauth-id-jag+jwt`) made for us as its audience.
 */
export type UserTokenUse = 'exchange' | 'id-jag';

/** Judges tokens of people. INVARIANT: what is not signed by a provider that a document names is nobody's. */
export interface UserTokens {
  read(ask: {
    readonly tenant: string;
    readonly token: string;
    readonly use: UserTokenUse;
    /** We, as assertions name us. */
    readonly audience: string;
  }): Promise<UserToken>;
}
