import type { Act } from '#contracts/desk.ts';
import type { Passkey } from '#contracts/passkey-book.ts';
import type { NewPersonSession, PersonSession } from '#contracts/person-session.ts';
import type { SessionGround } from '#contracts/sign-in-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';

export interface BegunSession {
  readonly session: PersonSession;
  /** `Set-Cookie`. */
  readonly cookie: string;
}

/** Where the sign-ins of passkeys begin and end. */
export interface SessionsOfPasskeys {
  begin(session: NewPersonSession, from: string): Promise<BegunSession>;
  end(ask: {
    readonly tenant: string;
    readonly ground: SessionGround;
    readonly by: Actor;
    readonly reason: string;
  }): Promise<number>;
}

/** Passkeys: how people sign in where there is no identity provider. WebAuthn, user verification required. */
export interface PasskeyDesk {
  /** What the browser of a person is to ask their authenticator for; spent by the next `enrol`. */
  enrolOptions(act: Act): Promise<JsonObject>;
  enrol(act: Act & { readonly name: string; readonly response: unknown }): Promise<Passkey>;
  list(act: Act): Promise<readonly Passkey[]>;
  /** One's own, or anybody's as an analyst. Whatever was signed in by keys of that person ends. */
  remove(
    act: Act & {
      readonly credential: string;
      readonly person?: string | undefined;
      readonly reason?: string | undefined;
    },
  ): Promise<Passkey>;
  signInOptions(): { readonly options: JsonObject; readonly cookie: string };
  signIn(ask: {
    readonly cookies: string | undefined;
    readonly response: unknown;
    readonly from: string;
  }): Promise<BegunSession>;
}
