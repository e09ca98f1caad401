import type { UserLeg } from '#kernel/principal.ts';

/** Somebody who has signed in, for as long as the session lasts. */
export interface SignedIn {
  readonly tenant: string;
  /** Of the session, which is no secret; the cookie is. */
  readonly session: string;
  readonly user: UserLeg;
  /** The person that they are here, when they are one: who decides and administers. */
  readonly person: string | undefined;
}

/** Who had signed in, and until when. Lives with `control`. */
export interface SignIn extends SignedIn {
  /** Name of the identity provider's document; `local` for passkeys. */
  readonly provider: string;
  /** The provider's own name of its session (`sid`), for its logout. */
  readonly providerSession: string | undefined;
  readonly begunAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | undefined;
}
