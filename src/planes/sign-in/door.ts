import type { NewPersonSession, PersonSession, PersonSessions } from '#contracts/person-session.ts';
import type { SessionGround, SignInBook, StoredSession } from '#contracts/sign-in-book.ts';
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
  list(filter: Parameters<SignInBook['list']>[0]): Promise<readonly StoredSession[]>;
  /** Ends those whose time is over, so that it is on record and what stands on them ends. */
  expire(): Promise<void>;
}
