import type { TimedPage } from './list-place.ts';
import type { OutboxDraft } from './outbox.ts';
import type { PersonSession } from './person-session.ts';

/** That a browser was sent to a provider, until it comes back from there. */
export interface SignInAttempt {
  readonly tenant: string;
  /** SHA-256 (hex) of what the provider gives back; by it the attempt is found, once. */
  readonly state: string;
  /** SHA-256 (hex) of the cookie that the browser got which began it: nobody else ends it. */
  readonly browser: string;
  readonly provider: string;
  readonly nonce: string;
  /** Of PKCE; worth nothing without the code. */
  readonly verifier: string;
  readonly returnTo: string;
  /** The address that it was asked from: it pushes out its own attempts, and no one else's. */
  readonly source: string;
  /** What this sign-in must satisfy, beside what the provider's document asks of each. */
  readonly require: SignInRequirement;
  readonly begunAt: number;
  readonly expiresAt: number;
}

export interface SignInRequirement {
  /** One of these; empty: whatever. */
  readonly acr: readonly string[];
  /** So long ago at most the human proved themselves to the provider. */
  readonly maxAgeMs: number | undefined;
}

export interface StoredSession extends PersonSession {
  /** When its browser asked for something last, to the minute. */
  readonly seenAt: number;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  readonly reason: string | undefined;
}

/** What a sign-in stands on beside its time. */
export interface SessionStand {
  /** SHA-256 (hex) of the cookie of the browser that holds it. */
  readonly cookie?: string | undefined;
  /** Of the document that signed them in, digested: what they may here follows from it. */
  readonly footing?: string | undefined;
  /** By whoever may begin them, over all of it: what was changed since is told from what was begun. */
  readonly seal?: string | undefined;
}

/** A sign-in as its row has it, for whoever judges the row. */
export interface SessionRow {
  readonly tenant: string;
  readonly id: string;
  readonly person: string;
  /** Undefined when it is none that can be read, or not the one that its row is found as. */
  readonly session: PersonSession | undefined;
  readonly footing: string | undefined;
  readonly seal: string | undefined;
  readonly endedAt: number | undefined;
}

/** Stands for the seal of those that were begun before there were any. */
export const noSealYet = 'of an earlier version';

export interface Footing {
  readonly tenant: string;
  readonly provider: string;
  readonly footing: string;
}

/** Who ends what is over by its time. */
export const endedByTime = 'system/sign-in';

/** Which sign-ins end. */
export type SessionGround =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'user'; readonly issuer: string; readonly subject: string }
  /**
   * The provider's own name of it. With a subject: those of that human alone, and of those also the ones of
   * which the provider did not say whose session they are.
   */
  | {
      readonly kind: 'provider-session';
      readonly provider: string;
      readonly session: string;
      readonly subject: string | undefined;
    }
  /** As records and desks know them. */
  | { readonly kind: 'person'; readonly person: string }
  /** Those that stand on this of the provider's document. */
  | { readonly kind: 'footing'; readonly provider: string; readonly footing: string }
  | { readonly kind: 'all' };

export interface SessionEnd {
  readonly tenant: string;
  readonly ground: SessionGround;
  readonly by: string;
  readonly reason: string;
  readonly now: number;
}

/** Who signs in, and who is signed in. Lives with `control`. */
export interface SignInBook {
  /** Forgets those that are over, and the oldest where there are too many. Durable before it resolves. */
  addAttempt(attempt: SignInAttempt): Promise<void>;
  /** INVARIANT: each is answered once, and never when its time is over. */
  takeAttempt(state: string, now: number): Promise<SignInAttempt | undefined>;
  /**
   * The name that this human has here; the first of those proposed that is nobody else's, the first time.
   * `store/conflict` when all are taken.
   */
  nameOf(human: {
    readonly tenant: string;
    readonly issuer: string;
    readonly subject: string;
    readonly proposed: readonly string[];
  }): Promise<string>;
  /**
   * Durable before it resolves. INVARIANT: no exchanged token begins a session of the provider anew that
   * somebody ended here, or the provider did: `identity/delegation-ended`.
   */
  begin(session: PersonSession, on: SessionStand): Promise<void>;
  /** Undefined when it is over. */
  get(tenant: string, id: string, now: number): Promise<PersonSession | undefined>;
  /** Undefined when it is over, or when its browser was away for longer; else it was seen now. */
  byCookie(ask: {
    readonly cookie: string;
    readonly now: number;
    readonly idleMs: number;
  }): Promise<PersonSession | undefined>;
  /** Of one, also when it is over. */
  row(tenant: string, id: string): Promise<SessionRow | undefined>;
  /** Of all tenants, those whose time is not over, whether or not they have ended. */
  lastingRows(now: number): Promise<readonly SessionRow[]>;
  /** `q` is looked for in the names of the person and of the provider. */
  list(
    filter: TimedPage & {
      readonly tenant: string;
      readonly open: boolean;
      readonly now: number;
    },
  ): Promise<readonly StoredSession[]>;
  /**
   * Ends all open ones of the ground in one transaction; `owed` is asked inside, for what each end owes.
   * Those that are over stay as they are.
   */
  end(
    what: SessionEnd,
    owed: (ended: StoredSession) => readonly OutboxDraft[],
  ): Promise<readonly StoredSession[]>;
  /**
   * That the provider ended this session of its own, whether or not anybody has come by it here: no exchanged
   * token begins it any more. Kept until then, of the newest `limits.endedElsewhere`.
   */
  rememberEnded(of: {
    readonly tenant: string;
    readonly provider: string;
    readonly session: string;
    readonly until: number;
    readonly now: number;
  }): Promise<void>;
  /** On what of which provider's document the open ones stand; each once. */
  footings(): Promise<readonly Footing[]>;
  /** Open ones whose time is over by now. */
  overdue(now: number, limit: number): Promise<readonly PersonSession[]>;
  /** False when this issuer's token was used before; remembered until then. */
  useOnce(use: {
    readonly tenant: string;
    readonly issuer: string;
    readonly jti: string;
    readonly until: number;
    readonly now: number;
  }): Promise<boolean>;
}
