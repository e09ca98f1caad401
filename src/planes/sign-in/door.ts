import type { ReasonedAct } from '#contracts/desk.ts';
import type { NewPersonSession, PersonSession, PersonSessions } from '#contracts/person-session.ts';
import type {
  SessionGround,
  SignInBook,
  SignInRequirement,
  StoredSession,
} from '#contracts/sign-in-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';

/** A browser's sign-in, and what the browser has to be told for it. */
export interface BegunInBrowser {
  readonly session: PersonSession;
  /** `Set-Cookie`. INVARIANT: the capability in it is kept nowhere else. */
  readonly cookie: string;
}

export interface EndAsk {
  readonly tenant: string;
  readonly ground: SessionGround;
  readonly by: Actor;
  readonly reason: string;
}

/** A person ends one sign-in, or all of somebody. */
export type EndAct = ReasonedAct &
  ({ readonly id: string; readonly person?: undefined } | { readonly person: string });

/** Who is signed in. The one place where sign-ins begin and end. */
export interface SignIns extends PersonSessions {
  /** A browser's, with the address that it asked from. */
  begin(session: NewPersonSession, from: string): Promise<BegunInBrowser>;
  /** Of whoever sends these cookies; undefined when they are signed in no more, or were away for too long. */
  ofCookie(header: string | undefined): Promise<PersonSession | undefined>;
  /** `Set-Cookie` that takes it away again. */
  noCookie(): string;
  /** In force at once; resolves when what stands on them was told too. How many there were. */
  end(ask: EndAsk): Promise<number>;
  /** By an admin, or by whoever it is of; answers how many ended. `api/not-found` where there is none. */
  endBy(act: EndAct): Promise<number>;
  /** As `end`, and waits for nothing that it owes: for whoever does what is owed. */
  endOwed(ask: EndAsk): Promise<number>;
  list(filter: Parameters<SignInBook['list']>[0]): Promise<readonly StoredSession[]>;
  /** Ends those whose time is over, so that it is on record and what stands on them ends. */
  expire(): Promise<void>;
}

/** What a browser asks for that wants to sign in. */
export interface StartAsk {
  readonly provider: string;
  /** A place of ours; what is not plainly one is the first page. */
  readonly returnTo: string | undefined;
  readonly require: SignInRequirement;
  /** What the browser sends already. */
  readonly cookies: string | undefined;
  /** Its address. */
  readonly from: string;
}

/** What a browser brings back from a provider. */
export interface Answered {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly iss: string | undefined;
  readonly error: string | undefined;
  readonly cookies: string | undefined;
  /** The address that it came from. */
  readonly from: string;
}

export interface SignedInBrowser {
  readonly session: PersonSession;
  /** `Set-Cookie`, each. */
  readonly cookies: readonly string[];
  readonly returnTo: string;
}

export interface StartedSignIn {
  readonly location: string;
  /** `Set-Cookie`, each. */
  readonly cookies: readonly string[];
}

/** Sign-in by browser, with the providers that documents name. */
export interface SignInDesk {
  providers(): readonly { readonly name: string; readonly title: string }[];
  start(ask: StartAsk): Promise<StartedSignIn>;
  finish(answered: Answered): Promise<SignedInBrowser>;
  /** `Set-Cookie` for a browser whose attempt came to nothing. */
  leaveOff(answered: Pick<Answered, 'state'>): readonly string[];
  /**
   * Ends what this browser stands for here. Where its provider has a place to end it too, that place.
   */
  signOut(ask: { readonly cookies: string | undefined }): Promise<{
    readonly cookie: string;
    readonly location: string | undefined;
  }>;
  /** Where this browser would end it at its provider too. */
  placeToEnd(ask: { readonly cookies: string | undefined }): Promise<string | undefined>;
  /** Said by a provider (OpenID Connect back-channel logout); answers how many ended. */
  logOutBy(token: string): Promise<number>;
  /** Our public keys, for providers that take a key for a client's secret. */
  clientKeys(): JsonObject;
}
